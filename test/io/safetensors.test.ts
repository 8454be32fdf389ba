import { existsSync, readFileSync } from 'node:fs';
import { expect, test, describe } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { MAX_HEADER_BYTES } from '../../src/io/safetensors-header.ts';
import { writeSafetensors } from '../../src/io/safetensors-write.ts';

function fileOf(header: unknown, dataBytes: number, pad = ''): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(
    (typeof header === 'string' ? header : JSON.stringify(header)) + pad,
  );
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

function entry(dtype: string, shape: unknown, offsets: unknown) {
  return { dtype, shape, data_offsets: offsets };
}

function errorOf(bytes: Uint8Array<ArrayBuffer>): AppError {
  try {
    readSafetensors(bytes, 'm.safetensors');
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('round trip', () => {
  const tensors = [
    { name: 'b.weight', shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, -0, 1e-40]) },
    { name: 'a.bias', shape: [2], data: new Float32Array([NaN, Infinity]) },
    { name: '__proto__', shape: [], data: new Float32Array([7]) },
    { name: '7', shape: [0, 4], data: new Float32Array(0) },
  ];

  test('names, shapes, bits and metadata survive', () => {
    const file = readSafetensors(writeSafetensors(tensors, { who: 'me' }), 'm');
    expect([...file.tensors.keys()].sort()).toEqual(['7', '__proto__', 'a.bias', 'b.weight']);
    expect(Object.fromEntries(file.metadata)).toEqual({ format: 'pt', who: 'me' });
    for (const { name, shape, data } of tensors) {
      expect(file.tensors.get(name)?.shape).toEqual(shape);
      expect(new Uint32Array(file.floats(name).buffer)).toEqual(
        new Uint32Array(data.slice().buffer),
      );
    }
    expect(file.unsupported).toEqual([]);
  });

  test('bytes do not depend on the order given, and the data are 8-byte aligned', () => {
    const bytes = writeSafetensors(tensors);
    expect(writeSafetensors([...tensors].reverse())).toEqual(bytes);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  test('a shape that lies and a name used twice are refused', () => {
    const data = new Float32Array(3);
    expect(() => writeSafetensors([{ name: 'a', shape: [2], data }])).toThrow(/3 values/);
    expect(() =>
      writeSafetensors([
        { name: 'a', shape: [3], data },
        { name: 'a', shape: [3], data },
      ]),
    ).toThrow(/twice/);
  });
});

describe('types', () => {
  test('F16 and BF16 are widened exactly', () => {
    const file = fileOf({ h: entry('F16', [6], [0, 12]), b: entry('BF16', [2], [12, 16]) }, 16);
    const view = new DataView(file.buffer, file.length - 16);
    // 1, -2, smallest subnormal 2^-24, largest subnormal, infinity, NaN; 1.5 and -3 as bfloat16.
    [0x3c00, 0xc000, 0x0001, 0x03ff, 0x7c00, 0x7e00, 0x3fc0, 0xc040].forEach((bits, index) => {
      view.setUint16(2 * index, bits, true);
    });
    const read = readSafetensors(file, 'm');
    expect([...read.floats('h')]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, Infinity, NaN]);
    expect([...read.floats('b')]).toEqual([1.5, -3]);
  });

  test('every finite half equals sign * mantissa * 2^exponent', () => {
    const file = fileOf({ h: entry('F16', [65536], [0, 131072]) }, 131072);
    const view = new DataView(file.buffer, file.length - 131072);
    for (let bits = 0; bits < 65536; bits++) view.setUint16(2 * bits, bits, true);
    const values = readSafetensors(file, 'm').floats('h');
    let wrong = 0;
    for (let bits = 0; bits < 65536; bits++) {
      const exponent = (bits >> 10) & 31;
      if (exponent === 31) continue;
      const mantissa = bits & 1023;
      const magnitude =
        exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
      if (!Object.is(values[bits], bits & 0x8000 ? -magnitude : magnitude)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  test('other known types are listed, and decoding one names the tensor', () => {
    const file = readSafetensors(
      fileOf({ ids: entry('I64', [1], [0, 8]), w: entry('F32', [1], [8, 12]) }, 12),
      'm.safetensors',
    );
    expect(file.unsupported).toEqual(['ids']);
    expect(() => file.floats('ids')).toThrow('m.safetensors: tensor "ids" has the type I64');
    expect(() => file.floats('gone')).toThrow('"gone" is not in the file');
  });
});

describe('hostile headers', () => {
  const good = entry('F32', [2], [0, 8]);
  const cases: readonly [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    ['empty file', new Uint8Array(0), /too short/],
    ['header length 0', new Uint8Array(16), /claims a header of 0/],
    ['header not an object', fileOf('[1]', 0), /starts without/],
    ['leading space', fileOf(' {}', 0), /starts without/],
    ['not JSON', fileOf('{"a":', 0), /bad header/],
    ['trailing text', fileOf('{} x', 0), /after the end/],
    ['deep nesting', fileOf(`{"a":${'['.repeat(5000)}`, 0), /deeper/],
    ['string that does not end', fileOf(`{"${'a'.repeat(2 ** 20)}`, 0), /does not end/],
    ['negative offset', fileOf({ a: entry('F32', [2], [-8, 0]) }, 8), /"a".*data_offsets/],
    ['reversed', fileOf({ a: entry('F32', [2], [8, 0]) }, 8), /"a".*reverse/],
    ['float offset', fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}', 8), /"a"/],
    ['exponent', fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8e0]}}', 8), /"a"/],
    [
      'past 2^53',
      fileOf('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,8]}}', 8),
      /"a"/,
    ],
    ['three offsets', fileOf({ a: entry('F32', [2], [0, 8, 8]) }, 8), /"a"/],
    ['overlap', fileOf({ a: good, b: entry('F32', [2], [4, 12]) }, 12), /"b" overlaps/],
    ['same place twice', fileOf({ a: good, b: good }, 8), /overlaps/],
    ['hole', fileOf({ a: good, b: entry('F32', [1], [12, 16]) }, 16), /"b" leaves a hole of 4/],
    ['hole at the start', fileOf({ a: entry('F32', [1], [4, 8]) }, 8), /"a" leaves a hole/],
    ['past the end', fileOf({ a: good }, 4), /"a" ends at byte 8 of 4: the file is truncated/],
    ['tail', fileOf({ a: good }, 9), /1 bytes after its last tensor/],
    ['no tensor but data', fileOf({}, 1), /after its last tensor/],
    ['shape and bytes', fileOf({ a: entry('F32', [3], [0, 8]) }, 8), /"a".*needs 12/],
    [
      'product overflow',
      fileOf({ a: entry('F32', [2 ** 32, 2 ** 32, 2 ** 32], [0, 8]) }, 8),
      /"a"/,
    ],
    ['negative size', fileOf({ a: entry('F32', [-2], [0, 8]) }, 8), /"a".*shape/],
    ['rank 9', fileOf({ a: entry('F32', Array(9).fill(1), [0, 4]) }, 4), /more than 8/],
    ['unknown dtype', fileOf({ a: entry('F31', [2], [0, 8]) }, 8), /"a".*dtype/],
    ['unknown field', fileOf({ a: { ...good, x: 1 } }, 8), /unknown field "x"/],
    [
      'duplicate name',
      fileOf(`{"a":${JSON.stringify(good)},"a":${JSON.stringify(good)}}`, 8),
      /"a\\?" stands twice/,
    ],
    ['empty name', fileOf({ '': good }, 8), /empty or overlong/],
    ['overlong name', fileOf({ ['n'.repeat(1025)]: good }, 8), /empty or overlong/],
    ['metadata number', fileOf({ __metadata__: { a: 1 }, t: good }, 8), /metadata "a"/],
    ['metadata list', fileOf({ __metadata__: [], t: good }, 8), /metadata/],
  ];

  test.each(cases)('%s', (_name, bytes, message) => {
    const error = errorOf(bytes);
    expect(error.code).toBe('safetensors-invalid');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('m.safetensors');
    expect(error.faults).toHaveLength(1);
  });

  test('header length over the cap, 2^63 and just past the file', () => {
    const file = fileOf({ a: good }, 8);
    const size = file.length - 8;
    for (const length of [BigInt(MAX_HEADER_BYTES) + 1n, 2n ** 63n, BigInt(size) + 1n]) {
      const bytes = file.slice();
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      expect(errorOf(bytes).message).toContain(String(length));
    }
  });

  test('a header of more values than tensors could need', () => {
    const error = errorOf(fileOf(`{"a":[${'1,'.repeat(1_000_000)}1]}`, 0));
    expect(error.code).toBe('safetensors-invalid');
    expect(error.message).toMatch(/more than 1000000 values/);
  });

  test('a header that is not UTF-8', () => {
    const bytes = fileOf('{"a?":1}', 0);
    bytes[11] = 0xff;
    expect(errorOf(bytes).message).toMatch(/not UTF-8/);
  });

  test('trailing spaces and prototype names are fine', () => {
    const file = readSafetensors(
      fileOf('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8, '    '),
      'm',
    );
    expect([...file.tensors.keys()]).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });
});

describe('damage', () => {
  const whole = writeSafetensors([
    { name: 'a', shape: [2], data: new Float32Array([1, 2]) },
    { name: 'b', shape: [1, 1], data: new Float32Array([3]) },
  ]);
  const headerEnd = whole.length - 12;

  test('truncated at every byte: always an AppError', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(errorOf(whole.slice(0, length)).code).toBe('safetensors-invalid');
    }
  });

  test('every bit of the header flipped: a value or an AppError, nothing else', () => {
    let accepted = 0;
    for (let bit = 0; bit < 8 * headerEnd; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        const file = readSafetensors(bytes, 'm');
        for (const { name, dtype } of file.tensors.values()) {
          if (dtype === 'F32') file.floats(name);
        }
        accepted += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'safetensors-invalid' });
      }
    }
    // Names and padding may change and still make a valid file; most flips may not.
    expect(accepted).toBeLessThan(2 * headerEnd);
  });
});

const golden = new URL('../../../shared/golden/transformer/', import.meta.url);
describe.skipIf(!existsSync(golden))('golden checkpoints (../shared/golden/transformer)', () => {
  test.each(['llama-tied', 'qwen3-tied', 'qwen3-untied-wide-heads'])('%s', (folder) => {
    const bytes = new Uint8Array(readFileSync(new URL(`${folder}/model.safetensors`, golden)));
    const config = JSON.parse(readFileSync(new URL(`${folder}/config.json`, golden), 'utf8')) as {
      vocab_size: number;
      hidden_size: number;
    };
    const file = readSafetensors(bytes, folder);
    expect(file.unsupported).toEqual([]);
    expect(file.tensors.get('model.embed_tokens.weight')?.shape).toEqual([
      config.vocab_size,
      config.hidden_size,
    ]);
    const tensors = [...file.tensors.values()].map(({ name, shape }) => ({
      name,
      shape,
      data: file.floats(name),
    }));
    for (const { data } of tensors) expect(data.every(Number.isFinite)).toBe(true);
    const again = readSafetensors(writeSafetensors(tensors), folder);
    for (const { name, data } of tensors) expect(again.floats(name)).toEqual(data);
  });
});
