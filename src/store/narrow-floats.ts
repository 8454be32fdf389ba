import { decodeInto, type ReadableType } from '../io/safetensors-decode.ts';

/** How values are stored; absent in what was stored before there was a choice: F32. */
export type StoredType = Extract<ReadableType, 'F32' | 'BF16'>;

/** Stored values, and the type that they are stored in. */
export interface StoredFloats {
  readonly type: StoredType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Values in the fewest bytes that hold them exactly: bfloat16, the upper half of each value, where
 * all lower halves are zero. So a checkpoint that came in bfloat16 keeps its size, and every value
 * comes back bit for bit.
 */
export function storeFloats(values: Float32Array<ArrayBuffer>): StoredFloats {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let used = 0;
  for (let i = 0; i < bits.length; i++) used |= bits[i] ?? 0;
  if ((used & 0xffff) !== 0) return { type: 'F32', bytes: new Uint8Array(bits.slice().buffer) };
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = (bits[i] ?? 0) >>> 16;
  return { type: 'BF16', bytes: new Uint8Array(halves.buffer) };
}

/** The values of stored bytes into memory of their length. */
export function restoreFloats(
  { type, bytes }: StoredFloats,
  target: Float32Array<ArrayBuffer>,
): void {
  decodeInto(bytes, type, target);
}

/** Values that so many stored bytes hold. */
export function storedCount(bytes: number, type: StoredType): number {
  return bytes / (type === 'F32' ? 4 : 2);
}
