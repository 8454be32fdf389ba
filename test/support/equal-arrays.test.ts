import { describe, expect, it } from 'vitest';

const quietNaN = Float32Array.of(NaN);
const otherNaN = new Float32Array(Uint32Array.of(0x7fc00001).buffer);

describe('equality of arrays in tests', () => {
  it.each([
    ['numbers', Float32Array.of(1, 2), Float32Array.of(1, 2)],
    ['NaN and NaN of other bits', quietNaN, otherNaN],
    ['a part of a larger one', Float64Array.of(9, 1, 2).subarray(1), Float64Array.of(1, 2)],
    ['whole 64-bit numbers', BigInt64Array.of(-1n), BigInt64Array.of(-1n)],
    ['nothing', new Uint8Array(), new Uint8Array()],
    ['buffers', Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2).buffer],
    ['one deep within', { a: [Int8Array.of(1)] }, { a: [Int8Array.of(1)] }],
  ])('takes %s as equal', (_, a, b) => {
    expect(a).toEqual(b);
    expect(a).toStrictEqual(b);
  });

  it.each([
    ['another number', Float32Array.of(1, 2), Float32Array.of(1, 3)],
    ['NaN and a number', Float32Array.of(NaN), Float32Array.of(0)],
    ['0 and -0', Float64Array.of(0), Float64Array.of(-0)],
    ['another length', Float32Array.of(1, 2), Float32Array.of(1)],
    ['another type of the same bytes', new Float32Array(2), new Uint32Array(2)],
    ['an array of the same numbers', Float32Array.of(1), [1]],
    ['other buffers', Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 3).buffer],
    ['buffers of another length', new ArrayBuffer(1), new ArrayBuffer(2)],
    ['one deep within', { a: [Int8Array.of(1)] }, { a: [Int8Array.of(2)] }],
  ])('tells %s apart', (_, a, b) => {
    expect(a).not.toEqual(b);
    expect(a).not.toStrictEqual(b);
  });
});
