const READABLE = ['F32', 'F16', 'BF16'] as const;

export type ReadableType = (typeof READABLE)[number];

/** True for the tensor types that have an exact f32 value. */
export function isReadable(dtype: string): dtype is ReadableType {
  return READABLE.some((type) => type === dtype);
}

/** Little-endian values of a readable type as a fresh f32 array; NaN and infinities are kept. */
export function decodeFloats(
  data: Uint8Array<ArrayBuffer>,
  dtype: ReadableType,
  count: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count);
  decodeInto(data, dtype, out);
  return out;
}

/** The same into memory that is there already; `data` holds as many values as `out`. */
export function decodeInto(
  data: Uint8Array<ArrayBuffer>,
  dtype: ReadableType,
  out: Float32Array<ArrayBuffer>,
): void {
  const count = out.length;
  if (dtype === 'F32') {
    // A byte copy: the data need not be 4-byte aligned in the file. Typed arrays are little-endian
    // on every machine that runs a browser.
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(data.subarray(0, 4 * count));
    return;
  }
  const even = data.byteOffset % 2 === 0 ? data : data.slice();
  const halves = new Uint16Array(even.buffer, even.byteOffset, count);
  const bits = new Uint32Array(out.buffer, out.byteOffset, count);
  if (dtype === 'BF16') for (let i = 0; i < count; i++) bits[i] = (halves[i] ?? 0) << 16;
  else for (let i = 0; i < count; i++) bits[i] = floatBitsOfHalf(halves[i] ?? 0);
}

/** IEEE 754 binary16 bits to binary32 bits, subnormals and NaN payloads included. */
export function floatBitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: shift the leading one up to bit 10; each shift lowers the exponent by one.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}
