import { crc32 as nodeCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatWithError,
  formatRate,
  formatShare,
} from '../../src/ui/text/format.ts';
import { routeOf } from '../../src/ui/browser/router.ts';
import { zip } from '../../src/ui/session/zip.ts';
import { crc32 } from '../../src/core/crc32.ts';

describe('format', () => {
  it.each([
    [999, '999 B'],
    [1000, '1.00 KB'],
    [18_400_000, '18.4 MB'],
    [123_000_000_000, '123 GB'],
    [5e15, '5000000 GB'],
  ])('bytes %d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [4.23, '4.2 s'],
    [59.4, '59 s'],
    [75, '1 min 15 s'],
    [3599.6, '1 h 0 min'],
    [7260, '2 h 1 min'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('duration %d', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('never shows NaN', () => {
    expect(formatWithError('recall', NaN, NaN)).toBe('–');
    expect(formatShare(NaN)).toBe('–');
    expect(formatRate(NaN, 'steps')).toBe('');
  });
});

describe('routeOf', () => {
  it.each([
    ['#/merge', 'merge'],
    ['#/results?x=1', 'results'],
    ['', 'grid'],
    ['#/nonsense', 'grid'],
    ['#/__proto__', 'grid'],
  ])('%s', (hash, view) => {
    expect(routeOf(hash).view).toBe(view);
  });

  it('reads parameters', () => {
    expect(routeOf('#/grid?run=demo').parameters.get('run')).toBe('demo');
  });
});

describe('zip', () => {
  const files = [
    { path: 'a/config.json', bytes: new TextEncoder().encode('{"x": 1}') },
    { path: 'a/empty', bytes: new Uint8Array(0) },
    { path: 'a/weights.bin', bytes: Uint8Array.from({ length: 4099 }, (_, i) => (i * 37) & 255) },
  ];

  it('has the checksum of zlib', () => {
    for (const { bytes } of files) {
      const expected: unknown = (nodeCrc32 as ((data: Uint8Array) => number) | undefined)?.(bytes);
      if (expected !== undefined) expect(crc32(bytes)).toBe(expected);
    }
    // The check value of CRC-32/ISO-HDLC.
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('gives back every file through its central directory', async () => {
    const bytes = new Uint8Array(await (await zip(files)).arrayBuffer());
    const view = new DataView(bytes.buffer);
    const end = bytes.length - 22;
    expect(view.getUint32(end, true)).toBe(0x06054b50);
    expect(view.getUint16(end + 10, true)).toBe(files.length);
    let at = view.getUint32(end + 16, true);
    const found = files.map(() => {
      expect(view.getUint32(at, true)).toBe(0x02014b50);
      const crc = view.getUint32(at + 16, true);
      const size = view.getUint32(at + 24, true);
      const nameLength = view.getUint16(at + 28, true);
      const local = view.getUint32(at + 42, true);
      const path = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
      at += 46 + nameLength;
      expect(view.getUint32(local, true)).toBe(0x04034b50);
      const start = local + 30 + view.getUint16(local + 26, true);
      const content = bytes.slice(start, start + size);
      expect(crc32(content)).toBe(crc);
      return { path, bytes: content };
    });
    expect(found).toEqual(files);
    expect(at).toBe(end);
  });

  it('is the same for the same files', async () => {
    const first = new Uint8Array(await (await zip(files)).arrayBuffer());
    expect(new Uint8Array(await (await zip(files)).arrayBuffer())).toEqual(first);
  });
});
