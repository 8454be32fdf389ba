import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { extractLora } from '../../../src/merge/spectral/extract-lora.ts';
import { alignKnots } from '../../../src/merge/spectral/knots-align.ts';
import { dense, flipped, product } from './naive-spectral.ts';
import { normals, one, arenaOf, worst } from './spectral-arenas.ts';

/** Singular value decompositions alone: what a shader for other adapters has to do as well. */
export function describeDecomposition(open: () => Executor): void {
  it.each([
    [10, 80],
    [80, 10],
    [7, 7],
  ])('finds singular vectors of %i × %i that are orthonormal', async (m, p) => {
    const values = normals(140, m * p);
    const layout = one(m, p);
    const operands = { base: new Float32Array(layout.length), model: arenaOf(layout, values) };
    const options = { maxRank: 80, svEpsilon: 0, distributeScale: false };
    const pair = (await extractLora(open(), layout, operands, options)).get('w');
    if (pair === undefined) throw new Error('The tensor has no pair.');
    const { rank, singularValues: sigma } = pair;
    const [left, right] = [dense(m, rank, pair.b), dense(rank, p, pair.a)];
    expect(rank).toBe(Math.min(m, p));
    expect([...sigma].sort((a, b) => b - a)).toEqual(sigma);
    expect(worst(product(left, right).values, operands.model.subarray(0, m * p))).toBeLessThan(
      2e-6,
    );
    const own = product(flipped(left), left).values;
    const other = product(right, flipped(right)).values;
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) {
        const scale = (sigma[i] ?? 0) * (sigma[j] ?? 0);
        const expected = i === j ? 1 : 0;
        expect(Math.abs((own[i * rank + j] ?? Number.NaN) - expected)).toBeLessThan(1e-5);
        expect(Math.abs((other[i * rank + j] ?? Number.NaN) / scale - expected)).toBeLessThan(1e-5);
      }
    }
  });

  it('takes a difference of low rank apart without loss', async () => {
    const [m, p, rank] = [6, 11, 3];
    const b = dense(m, rank, normals(110, m * rank));
    const { values } = product(b, dense(rank, p, normals(111, rank * p)));
    const layout = one(m, p);
    const operands = { base: new Float32Array(layout.length), model: arenaOf(layout, values) };
    const options = { maxRank: 8, svEpsilon: 1e-3, distributeScale: true };
    const pair = (await extractLora(open(), layout, operands, options)).get('w');
    if (pair === undefined) throw new Error('The tensor has no pair.');
    expect(pair.rank).toBe(rank);
    expect(pair.singularValues).toHaveLength(6);
    const restored = product(dense(m, rank, pair.b), dense(rank, p, pair.a));
    expect(worst(restored.values, values)).toBeLessThan(1e-5);
    const fixed = await extractLora(open(), layout, operands, { ...options, svEpsilon: 0 });
    expect(fixed.get('w')?.rank).toBe(6);
  });

  it('aligns task vectors in one space without changing them', async () => {
    const layout = one(9, 2);
    const deltas = [0, 1].map((k) => arenaOf(layout, normals(120 + k, 18)));
    const operands = { base: new Float32Array(layout.length), models: deltas };
    const { aligned, singularValues } = await alignKnots(open(), layout, operands);
    expect(singularValues.get('w')).toHaveLength(4);
    aligned.forEach((arena, k) => {
      expect(worst(arena, deltas[k] ?? [])).toBeLessThan(1e-5);
    });
    expect(open().memory().liveBytes).toBe(0);
  });
}
