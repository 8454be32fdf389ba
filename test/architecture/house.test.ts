import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from '../support/parsed-sources.ts';
import { filesIn, PROJECT_ROOT, textOf } from '../support/sources.ts';

const MAX_LINES = 300;
const MAX_FILES = 25;
/** Collections of one kind of thing: as many files as there are things. */
const COLLECTIONS = [
  'src/lab/jobs',
  'src/merge/methods',
  'src/nn/ops',
  'shaders',
  'shaders/merge',
  'wasm',
];
const shaders = filesIn(['shaders'], '.wgsl');
const sources = [...filesIn(['src', 'workers', 'scripts', 'wasm'], '.ts'), ...shaders];

describe('house style', () => {
  it('has no source file over 300 lines', () => {
    const long = sources.filter((path) => linesOf(textOf(path)) > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('has no folder with more than 25 files side by side', () => {
    const counts = filesByFolder(sources);
    expect(COLLECTIONS.filter((folder) => !counts.has(folder))).toEqual([]);
    const crowded = [...counts].filter(
      ([folder, count]) => count > MAX_FILES && !COLLECTIONS.includes(folder),
    );
    expect(crowded).toEqual([]);
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

  it('replaces no module in tests of a shared process: it is loaded already, and stays', () => {
    const tests = ['.test.ts', '.e2e.ts'].flatMap((end) => filesIn(['test'], end));
    expect(tests.filter((path) => replacesModules(textOf(path)))).toEqual([]);
  });

  it('gives no test a second try: what fails once is a fault', () => {
    const places = ['vitest.config.ts', ...filesIn(['test'], '.ts')];
    expect(places.filter((path) => hasRetry(textOf(path)))).toEqual([]);
  });

  it('names no place of one machine in a tracked file', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: PROJECT_ROOT })
      .toString()
      .split('\0')
      .filter((path) =>
        /\.([cm]?[jt]s|py|json|ya?ml|md|html|css|wgsl|sh|csv)$|(^|\/)run$/.test(path),
      );
    const present = tracked.filter((path) => existsSync(join(PROJECT_ROOT, path)));
    const faults = present.filter((path) => machinePaths(textOf(path)).length > 0);
    expect(faults).toEqual([]);
  });
});

describe('the house rules themselves', () => {
  it('count lines as an editor does', () => {
    expect(linesOf('a\nb\n')).toBe(2);
    expect(linesOf('a\nb')).toBe(2);
  });

  it('count the files of a folder without those of the folders inside it', () => {
    expect(filesByFolder(['a/b.ts', 'a/c.ts', 'a/d/e.ts'])).toEqual(
      new Map([
        ['a', 2],
        ['a/d', 1],
      ]),
    );
  });

  it('see a module that is replaced', () => {
    expect(replacesModules("import a;\n  vi.mock('./a.ts');")).toBe(true);
    expect(replacesModules("vi.doMock('./a.ts', () => ({}));")).toBe(true);
    expect(replacesModules("vi.mocked(a); // vi.mock('./a.ts')")).toBe(false);
  });

  it('see a second try', () => {
    expect(hasRetry('testTimeout: 1,\n  retry: 2,')).toBe(true);
    expect(hasRetry(["it('a', {", 'retry: 1 }, run);'].join(' '))).toBe(true);
    expect(hasRetry("headers: { 'retry-after': '3' }, // or 'retry: 1'")).toBe(false);
  });

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

function linesOf(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

function filesByFolder(paths: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}

function replacesModules(text: string): boolean {
  return /^\s*vi\.(mock|doMock)\(/m.test(text);
}

/** `retry: 1` among the settings of vitest or of a test. */
function hasRetry(text: string): boolean {
  return /(^|[{,])\s*retry:/m.test(text);
}

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
