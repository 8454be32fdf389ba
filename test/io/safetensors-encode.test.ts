import { describe, expect, it } from 'vitest';
import { decodeFloats, floatBitsOfHalf } from '../../src/io/safetensors-decode.ts';
import { encodeFloats } from '../../src/io/safetensors-encode.ts';

function roundTrip(values: readonly number[], dtype: 'F16' | 'BF16' | 'F32'): number[] {
  const all = Float32Array.from(values);
  return [...decodeFloats(encodeFloats(all, dtype), dtype, all.length)];
}

describe('encoding floats', () => {
  it('gives every 16-bit pattern back, NaN as NaN', () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      const bits = Uint32Array.from({ length: 2 ** 16 }, (_, half) =>
        dtype === 'BF16' ? half << 16 : floatBitsOfHalf(half),
      );
      const values = new Float32Array(bits.buffer);
      const halves = new Uint16Array(encodeFloats(values, dtype).buffer);
      const wrong = [...halves].filter((half, i) =>
        Number.isNaN(values[i])
          ? !Number.isNaN(decodeFloats(new Uint8Array(Uint16Array.of(half).buffer), dtype, 1)[0])
          : half !== i,
      );
      expect(wrong).toEqual([]);
    }
  });

  it('rounds halves to even and carries into the exponent', () => {
    const ulp = 2 ** -10;
    expect(roundTrip([1 + ulp / 2, 1 + 1.5 * ulp, 1 + 0.51 * ulp, 2 - ulp / 4], 'F16')).toEqual([
      1,
      1 + 2 * ulp,
      1 + ulp,
      2,
    ]);
    const wide = 2 ** -7;
    expect(roundTrip([1 + wide / 2, -1 - 1.5 * wide, 2 - wide / 4], 'BF16')).toEqual([
      1,
      -1 - 2 * wide,
      2,
    ]);
  });

  it('keeps subnormals, the sign of zero and infinity', () => {
    const tiny = 2 ** -24;
    const near = [tiny / 2, tiny * 0.501, 1.5 * tiny, -0, 65519, 65520, -1e9];
    const half = roundTrip(near, 'F16');
    expect(half).toEqual([0, tiny, 2 * tiny, -0, 65504, Infinity, -Infinity]);
    expect(Object.is(half[3], -0)).toBe(true);
    expect(roundTrip([3.4028234e38, 1e-40, -1e-45], 'BF16')).toEqual([
      Infinity,
      Math.fround(2 ** -133 * Math.round(1e-40 / 2 ** -133)),
      -0,
    ]);
    expect(roundTrip([1.1, -0], 'F32')).toEqual([Math.fround(1.1), -0]);
  });
});
