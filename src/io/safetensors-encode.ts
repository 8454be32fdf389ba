import type { ReadableType } from './safetensors-decode.ts';

const SCRATCH = new Float32Array(1);
const SCRATCH_BITS = new Uint32Array(SCRATCH.buffer);

/**
 * Little-endian bytes of f32 values in a tensor type, the inverse of `decodeFloats`. F16 and BF16
 * round to nearest, ties to even; subnormals and the sign of zero stay, NaN stays NaN, and what is
 * too large becomes infinity.
 */
export function encodeFloats(values: Float32Array, dtype: ReadableType): Uint8Array<ArrayBuffer> {
  if (dtype === 'F32') return new Uint8Array(Float32Array.from(values).buffer);
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    SCRATCH[0] = value;
    const bits = SCRATCH_BITS[0] ?? 0;
    view.setUint16(2 * i, dtype === 'BF16' ? bfloat16Bits(bits) : halfBits(bits), true);
  });
  return bytes;
}

/** binary32 bits to bfloat16 bits: the upper half, rounded to nearest even. */
function bfloat16Bits(bits: number): number {
  // A NaN whose payload lies in the lower half would round to infinity.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return roundedShift(bits, 16);
}

/** binary32 bits to IEEE 754 binary16 bits, rounded to nearest even. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65520 on the nearest binary16 is infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Exponent bias 127 becomes 15; rounding may carry into the exponent, which is then right too.
  if (magnitude >= 0x38800000) return sign | roundedShift(magnitude - 0x38000000, 13);
  const exponent = magnitude >>> 23;
  // Below half of the smallest subnormal (2⁻²⁵) everything is zero, 2⁻²⁵ itself by the even rule.
  if (exponent < 102) return sign;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  return sign | roundedShift(mantissa, 126 - exponent);
}

/** bits / 2^shift as an unsigned integer, to nearest, ties to even. */
function roundedShift(bits: number, shift: number): number {
  const unsigned = bits >>> 0;
  const half = 2 ** (shift - 1);
  const rest = unsigned % 2 ** shift;
  const whole = Math.floor(unsigned / 2 ** shift);
  return rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole;
}
