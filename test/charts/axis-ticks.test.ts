import { describe, expect, it } from 'vitest';
import { axisTicks, logTicks, monthTicks } from '../../src/charts/axis-ticks.ts';

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

  it.each([
    ['2023-11', '2024-02', ['2023-11', '2023-12', '2024-01', '2024-02']],
    ['2023-01', '2024-10', ['2023-01', '2023-07', '2024-01', '2024-07']],
    ['2014-03', '2018-10', ['2015', '2016', '2017', '2018']],
    ['1998-01', '2018-01', ['2000', '2005', '2010', '2015']],
  ])('of months have places at round ones, from %s to %s', (from, to, written) => {
    const number = (name: string) => 12 * Number(name.slice(0, 4)) + Number(name.slice(5)) - 1;
    const [low, high] = [number(from), number(to)];
    const { values, text, share } = monthTicks([low, high]);
    expect(values.map(text)).toEqual(written);
    expect([share(low), share((low + high) / 2), share(high)]).toEqual([0, 0.5, 1]);
  });

  it('of many centuries have few places, too', () => {
    const { values, text } = monthTicks([0, 12 * 9000]);
    expect(values.length).toBeLessThanOrEqual(7);
    expect(values.map(text).at(-1)).toBe('9000');
  });
});
