import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import {
  archive,
  checksums,
  differing,
  licences,
  readFolder,
  withDependencies,
} from '../../scripts/release/release-files.ts';
import { freshFolder } from '../support/fresh-folder.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('reads a folder in one order, and names what differs', () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'b', 'c'), { recursive: true });
  writeFileSync(join(folder, 'b', 'c', 'x.js'), 'one');
  writeFileSync(join(folder, 'a.html'), 'two');
  const files = readFolder(folder);
  expect([...files.keys()]).toEqual(['a.html', 'b/c/x.js']);
  const other = new Map([
    ['a.html', bytes('Two')],
    ['new.js', bytes('')],
    ['b/c/x.js', bytes('one')],
  ]);
  expect(differing(files, other)).toEqual(['a.html', 'new.js']);
  expect(differing(files, readFolder(folder))).toEqual([]);
});

it('is the same archive for the same files, with everything in one folder', async () => {
  const files = new Map([
    ['a.txt', bytes('a')],
    ['b/c.txt', bytes('c'.repeat(1000))],
  ]);
  const first = archive(files, 'site-1');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(archive(files, 'site-1')).toEqual(first);
  const read = unzipSync(first);
  expect(Object.keys(read)).toEqual(['site-1/a.txt', 'site-1/b/c.txt']);
  expect(new TextDecoder().decode(read['site-1/b/c.txt'])).toBe('c'.repeat(1000));
});

it('has a checksum of every file', () => {
  const sum = createHash('sha256').update('a').digest('hex');
  expect(checksums(new Map([['a.txt', bytes('a')]]))).toBe(`${sum}  a.txt\n`);
});

it('carries the licences of what the page is made of, of what those need, too', () => {
  const modules = freshFolder();
  const add = (
    name: string,
    dependencies: Record<string, string>,
    licence: string | null,
    license?: string,
  ) => {
    mkdirSync(join(modules, name), { recursive: true });
    const text = JSON.stringify({ version: '1.2.3', dependencies, license });
    writeFileSync(join(modules, name, 'package.json'), text);
    if (licence !== null) writeFileSync(join(modules, name, 'LICENSE.md'), licence);
  };
  add('page', { '@deep/part': '1' }, 'Page licence');
  add('@deep/part', { page: '1' }, 'Part licence');
  add('unlicensed', {}, null);
  add('named', {}, null, 'BSD-3-Clause');
  const packages = withDependencies(modules, ['page']);
  expect(packages).toEqual(['@deep/part', 'page']);
  const text = licences(modules, packages);
  for (const part of ['@deep/part 1.2.3', 'Part licence', 'page 1.2.3', 'Page licence']) {
    expect(text).toContain(part);
  }
  expect(licences(modules, ['named'])).toBe('named 1.2.3\n\nBSD-3-Clause\n');
  expect(() => licences(modules, ['unlicensed'])).toThrow('unlicensed has no licence');
});

it('finds the licences of all that this project ships', () => {
  const shipped = ['lit', 'comlink', 'idb-keyval', 'yaml', 'valibot', 'fflate', 'uplot'];
  const text = licences('node_modules', withDependencies('node_modules', shipped));
  expect(text).toContain('lit-html ');
  expect(text.length).toBeGreaterThan(5000);
});
