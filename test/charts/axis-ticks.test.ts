import { describe, expect, it } from 'vitest';
import { axisTicks, logTicks } from '../../src/charts/axis-ticks.ts';

describe('axes', () => {
  it('place values by their share of the extent', () => {
    const { share, values } = axisTicks([2, 12]);
    expect(values).toEqual([2, 4, 6, 8, 10, 12]);
    expect([share(2), share(7), share(12)]).toEqual([0, 0.5, 1]);
  });

  it('are logarithmic in powers of ten', () => {
    const { values, share, text } = logTicks([1e3, 1e6]);
    expect(values).toEqual([1e3, 1e4, 1e5, 1e6]);
    expect(share(Math.sqrt(1e9))).toBeCloseTo(0.5, 12);
    expect(share(1e4) - share(1e3)).toBeCloseTo(share(1e5) - share(1e4), 12);
    expect(values.map(text)).toEqual(['1K', '10K', '100K', '1M']);
  });

  it('have more places where few powers of ten lie within', () => {
    expect(logTicks([13_000, 60_000]).values).toEqual([20_000, 50_000]);
    expect(logTicks([13_000]).values.length).toBeGreaterThan(0);
  });

  it('have no place for what has no logarithm', () => {
    const { share } = logTicks([0, -4, 10, 100]);
    expect(share(0)).toBeNaN();
    expect(share(-4)).toBeNaN();
    expect(Number.isFinite(share(10))).toBe(true);
  });
});
