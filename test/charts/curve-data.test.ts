import { describe, expect, it } from 'vitest';
import { sequentialColor, relativeLuminance } from '../../src/charts/color-scale.ts';
import { curveCsv, curveSummary, joined, reduced, smoothed } from '../../src/charts/curve-data.ts';

const steps = Array.from({ length: 1000 }, (_, index) => index + 1);

describe('curve data', () => {
  it('reduces by averaging neighbours and keeps the last step', () => {
    const one = reduced({ label: 'a', steps, values: steps.map((step) => 2 * step) }, 10);
    expect(one.steps).toHaveLength(10);
    expect(one.steps[9]).toBe(1000);
    expect(one.values[0]).toBeCloseTo(101, 9);
    const mean = one.values.reduce((sum, value) => sum + value, 0) / 10;
    expect(mean).toBeCloseTo(1001, 9);
  });

  it('leaves short series alone', () => {
    const series = { label: 'a', steps: [1, 2], values: [3, 4] };
    expect(reduced(series, 10)).toBe(series);
  });

  it('never averages a NaN away', () => {
    const values = steps.map((step) => (step === 500 ? NaN : 1));
    expect(reduced({ label: 'a', steps, values }, 10).values.filter(Number.isNaN)).toHaveLength(1);
    expect(smoothed([1, NaN, 1], 0.9)).toEqual([1, NaN, 1]);
  });

  it('smooths a constant to itself from the first point on', () => {
    for (const value of smoothed([5, 5, 5, 5], 0.9)) expect(value).toBeCloseTo(5, 12);
    expect(smoothed([3, 1], 0)).toEqual([3, 1]);
  });

  it('joins on the union of steps', () => {
    const table = joined([
      { label: 'a', steps: [1, 3], values: [10, 30] },
      { label: 'b', steps: [2, 3], values: [2, 3] },
    ]);
    expect(table.steps).toEqual([1, 2, 3]);
    expect(table.columns).toEqual([
      [10, null, 30],
      [null, 2, 3],
    ]);
  });

  it('writes what it plots', () => {
    const series = [
      { label: 'a "x"', steps: [1, 2], values: [0.5, 0.25] },
      { label: 'b', steps: [2], values: [7] },
    ];
    expect(curveCsv(series)).toBe('step,"a ""x""","b"\r\n1,0.5,\r\n2,0.25,7\r\n');
    expect(curveSummary(series, 'loss')).toContain('0.250 at step 2');
    expect(curveSummary([], 'loss')).toBe('No loss recorded yet.');
  });
});

describe('sequentialColor', () => {
  it('keeps 4.5:1 between numerals and every colour of the scale', () => {
    for (let share = 0; share <= 1; share += 0.01) {
      const { background, text } = sequentialColor(share, 0, 1);
      const rgb = (background.match(/\d+/g) ?? []).map(Number);
      const dark = relativeLuminance(rgb) + 0.05;
      const light = (text === '#ffffff' ? 1 : 0) + 0.05;
      expect(Math.max(dark, light) / Math.min(dark, light)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('grows brighter with the value, and clamps', () => {
    const luminance = (value: number): number =>
      relativeLuminance((sequentialColor(value, 0, 10).background.match(/\d+/g) ?? []).map(Number));
    for (let value = 1; value <= 10; value++) {
      expect(luminance(value)).toBeGreaterThan(luminance(value - 1));
    }
    expect(luminance(99)).toBe(luminance(10));
    expect(sequentialColor(3, 3, 3).background).toMatch(/^rgb\(/);
  });
});
