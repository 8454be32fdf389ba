import { describe, expect, it } from 'vitest';
import { fileNames } from '../../src/io/file-names.ts';

describe('names become names of files', () => {
  it.each([
    [['Office/phase2'], ['Office-phase2']],
    [['ties (base = pretrain mean)'], ['ties-base-=-pretrain-mean']],
    [['../../etc'], ['etc']],
    [['...'], ['model']],
    [['书籍/第一'], ['书籍-第一']],
    [
      ['a/b', 'a b', 'A-B'],
      ['a-b', 'a-b-2', 'A-B-3'],
    ],
  ])('%j become %j', (names, folders) => {
    expect(fileNames(names)).toEqual(folders);
  });

  const bytesOf = (text: string) => new TextEncoder().encode(text).length;

  it.each([
    ['一百个汉字'.repeat(20)],
    ['𝒜'.repeat(100)],
    ['a'.repeat(100_000)],
    ['e\u0301'.repeat(90)],
    [`${'a'.repeat(148)}漢字`],
  ])('names are short in bytes, whatever their characters: %#', (name) => {
    const [found = ''] = fileNames([name]);
    expect(bytesOf(found)).toBeLessThanOrEqual(150);
    expect(bytesOf(found)).toBeGreaterThan(130);
    expect(found).not.toMatch(/\p{Surrogate}/u);
    // With every ending that comes behind it.
    expect(bytesOf(`${found}-12.landscape-values.csv.part-0123456789abcdef`)).toBeLessThan(255);
  });

  it('long names with one beginning stay apart, and are the same each time', () => {
    const names = ['a', 'b'].map((end) => `${'书'.repeat(99)}${end}`);
    const found = fileNames(names);
    expect(new Set(found).size).toBe(2);
    expect(fileNames([...names].reverse()).reverse()).toEqual(found);
  });

  it.each([
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['Com1', '_Com1'],
    ['lpt9.a.b', '_lpt9.a.b'],
    ['console', 'console'],
    ['com10', 'com10'],
    ['ends with dots...', 'ends-with-dots'],
    ['a<b>:"c|d?*', 'a-b-c-d'],
    ['a\u202Eb', 'a-b'],
  ])('%j becomes %j, which Windows takes', (name, wanted) => {
    expect(fileNames([name])).toEqual([wanted]);
  });

  it.each([
    [['\u00e9', 'e\u0301'], 2],
    [['Straße', 'STRASSE'], 2],
    [['ÀB', 'àb'], 2],
  ])('%j would meet in some file system', (names, count) => {
    const found = fileNames(names);
    expect(found).toHaveLength(count);
    const kept = found.map((name) => name.normalize('NFC').toUpperCase().toLowerCase());
    expect(new Set(kept).size).toBe(count);
  });
});
