import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, importsOf, PROJECT_ROOT, textOf } from '../support/sources.ts';

const MAX_LINES = 400;
const sources = [...filesIn(['src', 'workers'], '.ts'), ...filesIn(['shaders'], '.wgsl')];
const shaders = filesIn(['shaders'], '.wgsl');

describe('house style', () => {
  it('has no source file over 400 lines', () => {
    const long = sources.filter((path) => textOf(path).split('\n').length > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('names files in kebab-case', () => {
    const odd = sources.filter(
      (path) => !/^[a-z0-9-]+(\.[a-z]+)*$/.test(path.split('/').pop() ?? ''),
    );
    expect(odd).toEqual([]);
  });

  it('never compares a value with itself in WGSL: that is no NaN test on every adapter', () => {
    expect(
      shaders.flatMap((path) => selfComparisons(textOf(path)).map((at) => `${path}: ${at}`)),
    ).toEqual([]);
  });

  it('imports every shader somewhere', () => {
    const imported = new Set(
      filesIn(['src', 'workers'], '.ts')
        .map((path) => ({ path, text: textOf(path) }))
        .filter(({ text }) => text.includes('.wgsl'))
        .flatMap(({ path, text }) => importsOf(path, text).map((edge) => edge.to)),
    );
    expect(shaders.filter((path) => !imported.has(path))).toEqual([]);
  });

  it('names no place of one machine in a tracked file', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT_ROOT })
      .toString()
      .split('\0')
      .filter((path) => /\.(ts|js|json|ya?ml|md|html|css|wgsl|sh|csv)$|(^|\/)run$/.test(path));
    const present = tracked.filter((path) => existsSync(join(PROJECT_ROOT, path)));
    const faults = present.filter((path) => machinePaths(textOf(path)).length > 0);
    expect(faults).toEqual([]);
  });
});

describe('the house rules themselves', () => {
  it('see a self-comparison, and no other', () => {
    expect(selfComparisons('if (x != x) {}')).toEqual(['x != x']);
    expect(selfComparisons('let bad = !(v[i] == v[i]);')).toEqual(['v[i] == v[i]']);
    expect(selfComparisons('if (x != xs || ax == x) {} // x != x')).toEqual([]);
  });

  it('see a machine path, and no project path', () => {
    const absolute = ['', 'work', 'main'].join('/');
    expect(machinePaths(`open("${absolute}")`)).toHaveLength(1);
    expect(machinePaths('src/work/main.ts and ../tmp/x and https://a.b/tmp/x')).toEqual([]);
  });
});

/** `a == a` and `a != a` for names, members and elements, comments aside. */
function selfComparisons(wgsl: string): string[] {
  const code = wgsl.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const pattern = /(?<![\w.\]])([A-Za-z_][\w.]*(?:\[[^\]\n]*\])?)\s*[!=]=\s*\1(?![\w.[(])/g;
  return Array.from(code.matchAll(pattern), (match) => match[0]);
}

/** Absolute paths of this or that computer: home folders, work trees, temporary folders. */
function machinePaths(text: string): string[] {
  const pattern = /(?<![\w.\-/])\/(?:work|tmp|home|root|Users|mnt)\/[\w.-]+/g;
  return Array.from(text.matchAll(pattern), (match) => match[0]);
}
