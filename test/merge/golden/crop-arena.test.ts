import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { commonLayout, cropArena } from './crop-arena.ts';

const one = (shape: number[], name = 'w') => layoutOf([[{ name, shape }]]);

describe('cropArena', () => {
  it('keeps leading rows and columns of any number of axes', () => {
    const from = one([2, 3, 4]);
    const to = one([2, 2, 3]);
    const arena = Float32Array.from({ length: from.length }, (_, i) => (i < 24 ? i : 0));
    expect(Array.from(cropArena(arena, from, to).subarray(0, 12))).toEqual([
      0, 1, 2, 4, 5, 6, 12, 13, 14, 16, 17, 18,
    ]);
  });

  it('refuses a tensor that is too small, missing, or has other axes', () => {
    const arena = new Float32Array(64);
    expect(() => cropArena(arena, one([2]), one([3]))).toThrow(/is 2, needs 3/);
    expect(() => cropArena(arena, one([2], 'v'), one([2]))).toThrow(/no tensor named "w"/);
    expect(() => cropArena(arena, one([2, 2]), one([2]))).toThrow(/has 2 axes where 1 are needed/);
  });
});

describe('commonLayout', () => {
  it('takes the smallest size along every axis', () => {
    const common = commonLayout([one([20, 8]), one([16, 9])]);
    expect(common.entries[0]?.shape).toEqual([16, 8]);
  });
});
