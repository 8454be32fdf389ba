import { layoutOf, type ParameterLayout } from '../../../src/core/layout.ts';
import { RandomStream } from '../../../src/core/rng.ts';

export function normals(seed: number, length: number, scale = 1): number[] {
  const stream = new RandomStream(seed, 'spectral');
  return Array.from({ length }, () => scale * stream.nextNormal());
}

export function one(rows: number, columns: number): ParameterLayout {
  return layoutOf([[{ name: 'w', shape: [rows, columns] }]]);
}

export function arenaOf(
  layout: ParameterLayout,
  values: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  const arena = new Float32Array(layout.length);
  arena.set(values);
  return arena;
}

export function worst(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let found = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((got[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    // NaN must not pass.
    found = error <= found ? found : error;
  }
  return found;
}
