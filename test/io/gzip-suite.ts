import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { readText } from '../../src/io/read-text.ts';

/** "one\n", "two\n" with a file name, nothing, and "three\n" with an extra field, as `cat` joins them. */
const MEMBERS = [
  '1f8b08000000000002ffcbcf4be502009fa817f804000000',
  '1f8b08080000000002ff782e637376002b29cfe702007408179604000000',
  '1f8b08040000000002ff0600424302001b0003000000000000000000',
  '1f8b08040000000002ff0600424302001c002bc9284a4de50200d8c546ff06000000',
];

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** A Blob whose stream gives `size` bytes at a time. */
function choppy(bytes: Uint8Array<ArrayBuffer>, size: number): Blob {
  const blob = new Blob([bytes]);
  blob.stream = () =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.slice(at, at + size));
        }
        controller.close();
      },
    });
  return blob;
}

async function textOf(blob: Blob): Promise<string> {
  let text = '';
  for await (const chunk of readText(blob, 'a.gz')) text += chunk;
  return text;
}

async function outcomeOf(blob: Blob): Promise<string> {
  return textOf(blob).catch((error: unknown) =>
    error instanceof AppError ? error.code : String(error),
  );
}

/** The same in Node and in the browser: there DecompressionStream refuses all members but the first. */
export function gzipSuite(): void {
  describe('gzip of several members', () => {
    const all = bytesOf(MEMBERS.join(''));

    test('is read whole, wherever its chunks end', async () => {
      for (let size = 1; size <= all.length; size++) {
        expect(await textOf(choppy(all, size))).toBe('one\ntwo\nthree\n');
      }
    });

    test('of every order and number', async () => {
      expect(await textOf(new Blob([bytesOf(MEMBERS[0] ?? '')]))).toBe('one\n');
      expect(await textOf(new Blob([bytesOf(MEMBERS[2] ?? '')]))).toBe('');
      expect(await textOf(new Blob([bytesOf([...MEMBERS].reverse().join(''))]))).toBe(
        'three\ntwo\none\n',
      );
    });

    test('that ends early is damaged, unless it ends between two members', async () => {
      const ends = MEMBERS.map((_, index) => MEMBERS.slice(0, index + 1).join('').length / 2);
      const texts = ['one\n', 'one\ntwo\n', 'one\ntwo\n', 'one\ntwo\nthree\n'];
      for (let length = 2; length <= all.length; length++) {
        // Of the trailer of nothing, which is zeros after a zero, one may be missing.
        const isEnd = ends.includes(length) || length === (ends[2] ?? 0) - 1;
        const expected = isEnd ? texts[ends.findIndex((end) => end >= length)] : 'data-invalid';
        for (const size of [1, 1000]) {
          expect(await outcomeOf(choppy(all.slice(0, length), size))).toBe(expected);
        }
      }
    });

    test('with a wrong bit in data or trailer is damaged', async () => {
      const [first = 0] = MEMBERS.map((member) => member.length / 2);
      for (let at = 10; at < first; at++) {
        for (let bit = 0; bit < 8; bit++) {
          const changed = all.slice();
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          // The last byte of the data has bits that mean nothing.
          const isFilling = at === first - 9 && bit > 1;
          const expected = isFilling ? 'one\ntwo\nthree\n' : 'data-invalid';
          expect([at, bit, await outcomeOf(new Blob([changed]))]).toEqual([at, bit, expected]);
        }
      }
      expect(await outcomeOf(new Blob([all, new Uint8Array([1, 2, 3, 4, 5])]))).toBe(
        'data-invalid',
      );
    });

    test('of some size, as two outputs of the browser joined', async () => {
      const lines = Array.from({ length: 40_000 }, (_, line) => `user ${String(line * 7919)}\n`);
      const halves = [lines.slice(0, 15_000).join(''), lines.slice(15_000).join('')];
      const packed = await Promise.all(
        halves.map((half) => {
          const stream = new Blob([half]).stream().pipeThrough(new CompressionStream('gzip'));
          return new Response(stream).blob();
        }),
      );
      expect(await textOf(new Blob(packed))).toBe(halves.join(''));
    });
  });
}
