import { describe, expect, it } from 'vitest';
import { shapedWeights } from '../../src/merge/weight-shapes.ts';

describe('weights over time', () => {
  it('are uniform, linear, halving, or those of a velocity', () => {
    expect(shapedWeights({ shape: 'uniform' }, 4)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(shapedWeights({ shape: 'linear' }, 3)).toEqual([0.166666666667, 0.333333333333, 0.5]);
    expect(shapedWeights({ shape: 'half-life', halfLife: 1 }, 2)).toEqual([
      0.333333333333, 0.666666666667,
    ]);
    expect(shapedWeights({ shape: 'velocity', alpha: 0.05 }, 3)).toEqual([0, -0.05, 1.05]);
    expect(shapedWeights({ shape: 'velocity', alpha: -0.5 }, 2)).toEqual([0.5, 0.5]);
  });

  it('refuses what has no meaning', () => {
    expect(() => shapedWeights({ shape: 'half-life', halfLife: 0 }, 2)).toThrowError(/half-life/);
    expect(() => shapedWeights({ shape: 'velocity', alpha: 1 }, 1)).toThrowError(/two/);
  });
});
