import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openBytes } from '../../src/io/open-bytes.ts';
import type { ReadLimits } from '../../src/io/open-bytes.ts';
import { isZip, zipEntries } from '../../src/io/archive/unzip.ts';
import { readText } from '../../src/io/read-text.ts';
import { zip } from '../../src/ui/session/zip.ts';
import { makeZip } from '../support/make-zip.ts';
import type { ZipFile } from '../support/make-zip.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const deflated = (path: string, bytes: Uint8Array<ArrayBuffer>): ZipFile => ({
  path,
  bytes,
  deflated: new Uint8Array(deflateRawSync(bytes)),
});

/** "a/b.csv" (deflated), "c.txt" (stored) and a folder, written by Python's zipfile. */
const FROM_PYTHON =
  '504b03041400000000000000210000000000000000000000000002000000612f504b0304140000000800000021003714efe0080000002400000007000000612f622e6373762bd5c9e42a258001504b0304140000000000000021003e8d040e020000000200000005000000632e747874c3a9504b0102140314000000000000002100000000000000000000000000020000000000000000000000800100000000612f504b01021403140000000800000021003714efe00800000024000000070000000000000000000000800120000000612f622e637376504b01021403140000000000000021003e8d040e020000000200000005000000000000000000000080014d000000632e747874504b0506000000000300030098000000720000000000';

async function textsOf(blob: Blob): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const { path, entry } of await zipEntries(blob, 'x.zip')) {
    texts[path] = '';
    for await (const part of readText(entry, path)) texts[path] += part;
  }
  return texts;
}

const long = 'user,item\n' + 'u,i\n'.repeat(50_000);
const files = [
  deflated('ml/long.csv', encode(long)),
  { path: 'ml/', bytes: encode('') },
  { path: 'stored.csv', bytes: encode('a,b\n') },
  deflated('ml/empty', encode('')),
  deflated('é.csv.gz', new Uint8Array(gzipSync('packed twice'))),
];
const texts = {
  'ml/long.csv': long,
  'stored.csv': 'a,b\n',
  'ml/empty': '',
  'é.csv.gz': 'packed twice',
};

describe('zip', () => {
  test.each([false, true])('files come out whole; 64-bit form: %s', async (is64) => {
    const bytes = makeZip(files, { is64 });
    expect(isZip(bytes)).toBe(true);
    expect(await textsOf(new Blob([bytes]))).toEqual(texts);
  });

  test('of another program, and our own', async () => {
    const bytes = Uint8Array.from(FROM_PYTHON.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    expect(await textsOf(new Blob([bytes]))).toEqual({
      'a/b.csv': 'u,i\n'.repeat(9),
      'c.txt': 'é',
    });
    const own = await zip([{ path: 'x/y', bytes: encode('own') }]);
    expect(await textsOf(own)).toEqual({ 'x/y': 'own' });
    const pieces = ['a', 'bc', ''].map((text) => ({ path: 'x', bytes: encode(text) }));
    expect(await textsOf(await zip([...pieces, { path: 'y', bytes: encode('d') }]))).toEqual({
      x: 'abc',
      y: 'd',
    });
  });

  test('progress counts packed bytes', async () => {
    const [named] = await zipEntries(new Blob([makeZip(files)]), 'x.zip');
    if (named === undefined) throw new Error('no entry');
    let counted = 0;
    for await (const chunk of openBytes(named.entry, 'x', (count) => (counted += count))) {
      expect(chunk.length).toBeGreaterThan(0);
    }
    expect(counted).toBe(files[0]?.deflated?.length);
  });

  test('cut off anywhere it is damaged', async () => {
    const bytes = makeZip(files.slice(2, 3));
    for (let length = 4; length < bytes.length - 9; length++) {
      await expect(textsOf(new Blob([bytes.slice(0, length)]))).rejects.toMatchObject({
        code: 'data-invalid',
      });
    }
  });

  test.each([
    ['a stored', files[2]],
    ['a packed', deflated('x', encode('abcabcabcabc, and so on'))],
  ])('a wrong byte in %s file is found', async (_what, file) => {
    if (file === undefined) throw new Error('no file');
    const bytes = makeZip([file]);
    const at = 30 + file.path.length + 5;
    bytes[at + 2] = (bytes[at + 2] ?? 0) ^ 4;
    await expect(textsOf(new Blob([bytes]))).rejects.toMatchObject({
      code: 'data-invalid',
      message: expect.stringMatching(/damaged or truncated zip file/) as unknown,
    });
  });

  test('encrypted files and rare packing are refused by name', async () => {
    const one = { path: 'secret.csv', bytes: encode('x') };
    for (const [change, what] of [
      [{ flags: 1 }, 'is encrypted'],
      [{ method: 14 }, 'is packed in a rare way'],
    ] as const) {
      await expect(textsOf(new Blob([makeZip([{ ...one, ...change }])]))).rejects.toMatchObject({
        faults: [{ place: 'x.zip/secret.csv', message: what }],
      });
    }
  });

  test('a bomb ends at the limit', async () => {
    const bomb = deflated('bomb', new Uint8Array(8 * 2 ** 20));
    const [named] = await zipEntries(new Blob([makeZip([bomb])]), 'x.zip');
    if (named === undefined) throw new Error('no entry');
    const limits: ReadLimits = { maxBytes: 2 ** 30, maxRatio: 200 };
    const reading = (async () => {
      let length = 0;
      for await (const chunk of openBytes(named.entry, 'bomb', () => undefined, limits)) {
        length += chunk.length;
      }
      return length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'limit-exceeded' });
  });
});
