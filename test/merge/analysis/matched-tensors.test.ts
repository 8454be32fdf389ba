import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { bodyName, disparityOf } from '../../../src/merge/analysis/matched-tensors.ts';

const stream = (name: string) => new RandomStream(3, name);
const normals = (count: number, random: RandomStream) =>
  Float32Array.from({ length: count }, () => random.nextNormal());

describe('the disparity of two task vectors', () => {
  it('is what is counted by hand', () => {
    const changes = [
      { name: 'x', a: Float32Array.of(1, -2, 0), b: Float32Array.of(2, 1, 5) },
      { name: 'y', a: Float32Array.of(3), b: Float32Array.of(-4) },
    ];
    const { parameters, cosine, conflict } = disparityOf(changes, 2, stream('hand'));
    expect(parameters).toBe(4);
    // 2 − 2 + 0 − 12, norms √14 and √46; two of four differ in sign.
    expect(cosine).toBeCloseTo(-12 / Math.sqrt(14 * 46), 12);
    expect(conflict).toBe(0.5);
  });

  it('stands out of its permutations where something is shared, and not where nothing is', () => {
    const random = stream('draws');
    const shared = normals(4000, random);
    const noise = () => normals(4000, random);
    const [n1, n2] = [noise(), noise()];
    const like = (own: Float32Array) => own.map((value, i) => 0.5 * (shared[i] ?? 0) + value);
    const alike = disparityOf([{ name: 'w', a: like(n1), b: like(n2) }], 60, stream('alike'));
    // E cos = 0.25 / 1.25; a permutation has mean 0 and deviation 1 / √4000 = 0.0158.
    expect(Math.abs(alike.cosine - 0.2)).toBeLessThan(0.06);
    expect(Math.abs(alike.permuted.cosine.mean)).toBeLessThan(0.01);
    expect(Math.abs(alike.permuted.cosine.deviation - 0.0158)).toBeLessThan(0.006);
    expect(alike.conflict).toBeLessThan(alike.permuted.conflict.mean - 0.03);
    const strange = disparityOf([{ name: 'w', a: n1, b: n2 }], 60, stream('strange'));
    expect(Math.abs(strange.cosine)).toBeLessThan(4 * strange.permuted.cosine.deviation);
  });

  it('keeps values within their tensor: signs of one sign never conflict, permuted or not', () => {
    const changes = [
      { name: 'up', a: Float32Array.of(1, 2, 3), b: Float32Array.of(3, 1, 2) },
      { name: 'down', a: Float32Array.of(-1, -2), b: Float32Array.of(-5, -1) },
    ];
    const { conflict, permuted } = disparityOf(changes, 20, stream('within'));
    expect(conflict).toBe(0);
    expect(permuted.conflict).toEqual({ mean: 0, deviation: 0 });
  });

  it('matches bodies by the layer, whatever stands before it', () => {
    const same = 'layers.0.mlp.up_proj.weight';
    expect(bodyName(`model.${same}`)).toBe(same);
    expect(bodyName(`item_encoder.model.${same}`)).toBe(same);
    expect(bodyName(same)).toBe(same);
    expect(bodyName('model.embed_tokens.weight')).toBeNull();
  });
});
