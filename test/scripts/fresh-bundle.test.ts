import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshBundle, INPUTS, inputsHash } from '../../scripts/fresh-bundle.mjs';
import { PROJECT_ROOT } from '../../scripts/project.ts';

let folder = '';
let sources: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-bundles-'));
  mkdirSync(join(folder, 'sources'));
  sources = ['one.ts', 'two.ts'].map((name) => {
    const path = join(folder, 'sources', name);
    writeFileSync(path, `export const here = '${name}';`);
    return relative(PROJECT_ROOT, path);
  });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** As it stands on the disk when its sources are as they are now. */
function bundled(program: string, files: readonly string[]): string {
  const path = join(folder, `${program}-${inputsHash(files)}`);
  mkdirSync(path);
  writeFileSync(join(path, INPUTS), JSON.stringify(files));
  return path;
}

const source = (name: string): string => join(folder, 'sources', name);

test('a bundle is fresh while its sources are what they were, whenever they were written', () => {
  const path = bundled('merges', sources);
  expect(freshBundle('merges', folder)).toBe(path);
  utimesSync(source('one.ts'), 1, 1);
  expect(freshBundle('merges', folder)).toBe(path);
  writeFileSync(source('one.ts'), `export const here = 'ONE.ts';`);
  expect(freshBundle('merges', folder)).toBeNull();
  writeFileSync(source('one.ts'), `export const here = 'one.ts';`);
  expect(freshBundle('merges', folder)).toBe(path);
});

test('a source that is gone, or is cut at another place, makes it stale', () => {
  bundled('merges', sources);
  writeFileSync(source('one.ts'), '');
  expect(freshBundle('merges', folder)).toBeNull();
  rmSync(source('one.ts'));
  expect(freshBundle('merges', folder)).toBeNull();
});

test('of several bundles the one that fits is taken, and none of another program', () => {
  const first = bundled('merges', sources);
  bundled('lab', sources);
  writeFileSync(source('two.ts'), 'export {};');
  const second = bundled('merges', sources.slice(1));
  expect(freshBundle('merges', folder)).toBe(second);
  writeFileSync(source('two.ts'), `export const here = 'two.ts';`);
  expect(freshBundle('merges', folder)).toBe(first);
});

test('a folder that is still being written, or that nobody has made, is no bundle', () => {
  const path = bundled('merges', sources);
  rmSync(join(path, INPUTS));
  expect(freshBundle('merges', folder)).toBeNull();
  expect(freshBundle('merges', join(folder, 'nowhere'))).toBeNull();
});
