import { AppError } from '../core/errors.ts';
import type { TwinArray, TwinBuffers } from '../compute/kernel.ts';

/** The named binding inside a twin. A missing one is a bug of the kernel's definition. */
export function arrayOf(buffers: TwinBuffers, name: string): TwinArray {
  const array = buffers[name];
  if (array === undefined) throw new AppError('internal', `A twin misses its binding "${name}".`);
  return array;
}

/** The named uniform inside a twin. */
export function uniformOf(uniforms: Readonly<Record<string, number>>, name: string): number {
  const value = uniforms[name];
  if (value === undefined) throw new AppError('internal', `A twin misses its uniform "${name}".`);
  return value;
}

const SCRATCH = new Float32Array(1);
const SCRATCH_BITS = new Uint32Array(SCRATCH.buffer);

/** Bits of `value` as f32, sign cleared: they order like |value|. */
export function magnitudeKey(value: number): number {
  SCRATCH[0] = value;
  return (SCRATCH_BITS[0] ?? 0) & 0x7fffffff;
}

/** The bits of an f32 as u32. */
export function floatBits(value: number): number {
  SCRATCH[0] = value;
  return SCRATCH_BITS[0] ?? 0;
}

/** The f32 that has these bits. */
export function bitsToFloat(bits: number): number {
  SCRATCH_BITS[0] = bits;
  return SCRATCH[0] ?? 0;
}
