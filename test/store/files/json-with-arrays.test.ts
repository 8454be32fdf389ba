import { describe, expect, it } from 'vitest';
import { readValue, writeValue } from '../../../src/store/files/json-with-arrays.ts';

describe('JSON with typed arrays', () => {
  it.each([
    ['numbers that JSON has no form for', [-0, 0, NaN, Infinity, -Infinity, 5e-324, 0.1 + 0.2]],
    ['a bare number', -0],
    ['text of every kind', { 'ключ "quoted"': '\u0000\ud83d\ude00\\', empty: '' }],
    ['nothing', null],
    ['nesting', { a: [{ b: [[], {}] }], c: false }],
    [
      'arrays of every type, odd lengths, one empty',
      {
        bytes: Uint8Array.of(1, 2, 3),
        codes: Uint16Array.of(65535),
        ids: Int32Array.of(-1),
        floats: Float32Array.of(-0, 0.1, Infinity),
        times: Float64Array.of(1e308, 5e-324),
        none: new Int16Array(0),
        more: [Int8Array.of(-128), Uint32Array.of(4294967295)],
      },
    ],
  ])('keeps %s', (_, value) => {
    expect(readValue(writeValue(value))).toStrictEqual(value);
  });

  it('writes only the window that a view shows, and gives arrays of their own', () => {
    const all = Uint8Array.of(9, 1, 2, 9);
    const { text, bytes } = writeValue({ a: all.subarray(1, 3), b: Uint8Array.of(7) });
    const read = readValue({ text, bytes }) as { a: Uint8Array; b: Uint8Array };
    expect([...read.a]).toEqual([1, 2]);
    read.a[0] = 100;
    expect([...read.b]).toEqual([7]);
    expect(read.a.buffer.byteLength).toBe(2);
  });

  it('leaves out what is undefined', () => {
    expect(readValue(writeValue({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 });
  });

  it.each([
    ['a map', new Map()],
    ['a date', [new Date(0)]],
    ['a function', { f: () => 0 }],
    ['undefined in a list', [undefined]],
    ['a 64-bit integer', 1n],
    ['an array type without a form', new BigInt64Array(1)],
    ['a field named like our own', { $array: [1] }],
    ['a field named like a number', { deep: { $number: '-0' } }],
  ])('refuses %s', (_, value) => {
    expect(() => writeValue(value)).toThrowError(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });

  it.each([
    ['{"$array":["Uint16Array",0,5]}'],
    ['{"$array":["Map",0,1]}'],
    ['{"$array":["Uint8Array",-8,1]}'],
    ['{"$array":["Uint8Array",0,-1]}'],
    ['{"$array":["Float64Array",0,0.5]}'],
    ['{"$array":3}'],
  ])('finds that %s is no place of four bytes', (text) => {
    expect(() => readValue({ text, bytes: new Uint8Array(4) })).toThrowError(
      expect.objectContaining({ code: 'checkpoint-corrupt' }),
    );
  });
});
