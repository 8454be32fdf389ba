import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { FaultList } from '../../src/io/fault-list.ts';
import { readJsonl } from '../../src/io/jsonl.ts';
import { eachLine } from '../../src/io/lines.ts';
import { readText } from '../../src/io/read-text.ts';

async function textOf(...args: Parameters<typeof readText>): Promise<string> {
  let text = '';
  for await (const chunk of readText(...args)) text += chunk;
  return text;
}

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** A Blob whose stream gives `size` bytes at a time, as slow disks and pipes do. */
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

const sample = '\ufeffa,b\r\nnaïve,日本\r\n😀,\r,end\n';
const expected = 'a,b\nnaïve,日本\n😀,\r,end\n';

describe('readText', () => {
  test.each([1, 2, 3, 4, 5, 7, 1000])('is the same in chunks of %i bytes', async (size) => {
    const bytes = new TextEncoder().encode(sample);
    expect(await textOf(choppy(bytes, size), 'a.csv')).toBe(expected);
  });

  test('a later byte order mark is content', async () => {
    expect(await textOf(new Blob(['a\n\ufeffb']), 'a')).toBe('a\n\ufeffb');
    expect(await textOf(choppy(new TextEncoder().encode('abc\n\ufeffb'), 4), 'a')).toBe(
      'abc\n\ufeffb',
    );
  });

  test('empty and one-byte files', async () => {
    expect(await textOf(new Blob([]), 'a')).toBe('');
    expect(await textOf(new Blob(['x']), 'a')).toBe('x');
    expect(await textOf(new Blob(['x\r']), 'a')).toBe('x\r');
  });

  test('gzip is found by its content, whatever the name; bytes are counted compressed', async () => {
    const packed = gzipSync(sample);
    let counted = 0;
    const text = await textOf(new Blob([packed]), 'plain.csv', (count) => {
      counted += count;
    });
    expect(text).toBe(expected);
    expect(counted).toBe(packed.length);
  });

  test.each([1, 3, 64])('bad UTF-8 names file and line, chunks of %i', async (size) => {
    const bytes = new Uint8Array([...new TextEncoder().encode('é\nb\nc'), 0xc3, 0x28, 0x0a]);
    const error = await errorOf(textOf(choppy(bytes, size), 'x.csv'));
    expect(error.code).toBe('data-invalid');
    expect(error.faults[0]?.place).toBe('x.csv:3');
  });

  test('a character cut off at the end of the file', async () => {
    const error = await errorOf(textOf(new Blob([new Uint8Array([0x61, 0x0a, 0xe6, 0x97])]), 'x'));
    expect(error.faults[0]?.place).toBe('x:2');
  });

  test('UTF-16 and NUL', async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0, 0x62, 0]);
    expect((await errorOf(textOf(new Blob([utf16]), 'x'))).message).toMatch(/UTF-16/);
    const nul = await errorOf(textOf(new Blob(['a\nb\0']), 'x'));
    expect(nul.faults[0]).toEqual({ place: 'x:2', message: 'a NUL character' });
  });

  test('a truncated gzip at every length', async () => {
    const packed = gzipSync('a,b\n1,2\n');
    for (let length = 2; length < packed.length; length++) {
      const error = await errorOf(textOf(new Blob([packed.subarray(0, length)]), 'x.gz'));
      expect(error.code).toBe('data-invalid');
      expect(error.message).toMatch(/gzip/);
    }
  });

  test('a gzip bomb ends at the ratio, a large file at the cap', async () => {
    const bomb = new Blob([gzipSync(new Uint8Array(32 * 2 ** 20).fill(0x61))]);
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of readText(bomb, 'bomb.gz')) seen += chunk.length;
    })();
    const error = await errorOf(reading);
    expect(error.code).toBe('limit-exceeded');
    expect(error.message).toMatch(/200 times/);
    expect(seen).toBeLessThan(16 * 2 ** 20);
    const limits = { maxBytes: 10, maxRatio: 200 };
    await expect(textOf(new Blob(['0123456789']), 'x', undefined, limits)).resolves.toHaveLength(
      10,
    );
    const over = await errorOf(textOf(new Blob(['0123456789a']), 'x', undefined, limits));
    expect(over.code).toBe('limit-exceeded');
  });
});

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size)
    yield await Promise.resolve(text.slice(at, at + size));
}

describe('eachLine', () => {
  test.each([1, 2, 5, 100])('numbers lines from 1 in chunks of %i', async (size) => {
    const lines: [string, number][] = [];
    await eachLine(pieces('a\n\nlast', size), 'x', (text, line) => lines.push([text, line]));
    expect(lines).toEqual([
      ['a', 1],
      ['', 2],
      ['last', 3],
    ]);
  });

  test('a line over the limit stops the reading', async () => {
    const ok = eachLine(pieces(`a\n${'b'.repeat(10)}`, 3), 'x', () => undefined, 10);
    await expect(ok).resolves.toBeUndefined();
    const error = await errorOf(
      eachLine(pieces(`a\n${'b'.repeat(11)}`, 3), 'x', () => undefined, 10),
    );
    expect(error.faults[0]?.place).toBe('x:2');
  });
});

test('readJsonl collects bad lines and keeps reading', async () => {
  const faults = new FaultList();
  const values: [unknown, number][] = [];
  await readJsonl(pieces('{"a":1}\n\n{"a":\n[2]\n', 4), 'm.jsonl', faults, (value, line) => {
    values.push([value, line]);
  });
  expect(values).toEqual([
    [{ a: 1 }, 1],
    [[2], 4],
  ]);
  expect(faults.total).toBe(1);
  expect(faults.listed[0]?.place).toBe('m.jsonl:3');
});
