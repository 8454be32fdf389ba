import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { RandomStream } from '../../../src/core/rng.ts';

/** One tensor a size, each starting aligned. */
export function tensorsOf(sizes: readonly number[]): ParameterLayout {
  return layoutOf(sizes.map((size, index) => [{ name: `t${index}`, shape: [size] }]));
}

/** Tensors of one fused group: no padding between them, unaligned starts. */
export function fusedTensors(sizes: readonly number[]): ParameterLayout {
  return layoutOf([sizes.map((size, index) => ({ name: `f${index}`, shape: [size] }))]);
}

/** Normal values, padding zero. With `steps` they lie on a coarse grid, so that many are equal. */
export function arena(
  layout: ParameterLayout,
  seed: number,
  options: { scale?: number; steps?: number } = {},
): Float32Array<ArrayBuffer> {
  const { scale = 1, steps } = options;
  const stream = new RandomStream(seed, 'arena');
  const values = new Float32Array(layout.length);
  for (const { offset, size } of layout.entries) {
    for (let i = offset; i < offset + size; i++) {
      const value = scale * stream.nextNormal();
      values[i] = steps === undefined ? value : Math.round(value * steps) / steps;
    }
  }
  return values;
}

/** base + a task vector of its own, both on a grid of 2⁻¹⁰: differences and dyadic sums are exact. */
export function fineTuned(
  layout: ParameterLayout,
  base: Float32Array,
  seed: number,
  steps = 1024,
): Float32Array<ArrayBuffer> {
  const delta = arena(layout, seed, { scale: 0.25, steps });
  return Float32Array.from(base, (value, i) => value + (delta[i] ?? 0));
}

export function bitsOf(values: Float32Array<ArrayBuffer>): Uint32Array {
  return new Uint32Array(values.buffer);
}

/** Largest |a − b| over `layout`'s tensors, relative to 5e-7 + 1e-6 |b|: at most 1 passes. */
export function excess(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const reference = expected[i] ?? Number.NaN;
    const ratio =
      Math.abs((got[i] ?? Number.NaN) - reference) / (5e-7 + 1e-6 * Math.abs(reference));
    if (!(ratio <= worst)) worst = Number.isNaN(ratio) ? Infinity : ratio;
  }
  return worst;
}
