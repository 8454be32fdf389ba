import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../../src/ui/figures/analysis-figures.ts';
import { powerLawAt, scalingSeries } from '../../../src/ui/figures/scaling-figures.ts';
import { SCALING_ANALYSIS } from '../samples/sample-clicks.ts';

const { value } = SCALING_ANALYSIS;
if (value.kind !== 'scaling') throw new Error('no ladder');

describe('the chart of a ladder of sizes', () => {
  it('has the means of seeds with their spread, and a curve where one was fitted', () => {
    const series = scalingSeries(value, 'auc');
    expect(series.map(({ label, draw, colour }) => [label, draw, colour])).toEqual([
      ['NT', 'points', 0],
      ['FT&SF, fitted', 'line', 3],
      ['FT&SF', 'points', 3],
    ]);
    const [nt, fitted, points] = series;
    expect(nt?.x).toEqual([12_992, 51_200, 203_000, 811_000]);
    expect(nt?.y[0]).toBeCloseTo(0.603, 12);
    const [low, high] = nt?.spread?.[0] ?? [];
    expect([low, high]).toEqual([expect.closeTo(0.602, 12), expect.closeTo(0.604, 12)]);
    expect(fitted?.x[0]).toBe(12_992);
    expect(fitted?.x.at(-1)).toBeCloseTo(811_000, 6);
    expect(fitted?.y[0]).toBeCloseTo(0.653 - 0.7553 * 12_992 ** -0.2364, 12);
    expect(points?.names?.[0]).toBe('FT&SF, L1H32A4, 12,992 dense parameters: 0.5725');
  });

  it('reads the law of the paper as it is printed there', () => {
    const paper = { bound: 0.7097, coefficient: -0.7553, exponent: 0.2364 };
    expect(powerLawAt(paper, 13_000)).toBeCloseTo(0.629, 3);
    expect(powerLawAt(paper, 0.3e9)).toBeCloseTo(0.702, 3);
  });

  it('says why a curve is missing, and gives constants, intervals and R² of the others', () => {
    const [auc, loss, fits] = figuresOf(SCALING_ANALYSIS);
    expect(auc?.note).toMatch(/No curve for NT: the values do not change with the size\.$/);
    expect(auc?.chart).toMatchObject({ type: 'lines', xScale: 'log', yLabel: 'test AUC' });
    expect(loss?.chart).toMatchObject({ yLabel: 'test log loss, nats' });
    expect(fits?.display?.rows[0]?.slice(-1)).toEqual(['the values do not change with the size']);
    expect(fits?.display?.rows[1]).toEqual([
      ...['FT&SF', 'AUC', 4, '0.6530 (0.6400 to 0.6600)', -0.7553],
      ...['0.2364 (0.2000 to 0.2700)', 0.98, ''],
    ]);
    expect(fits?.display?.rows[3]?.[3]).toBe('0.6245 (no interval)');
    expect(fits?.table.header).toContain('bound_low_95');
  });

  it('leaves a size without AUC out of the chart, not out of the table', () => {
    const [rung] = value.rungs;
    if (rung === undefined) throw new Error('no rung');
    const bare = { ...rung, seeds: [{ seed: 1, auc: null, logLoss: 0.6 }] };
    const [series] = scalingSeries({ rungs: [bare], fits: [] }, 'auc');
    expect(series?.y).toEqual([NaN]);
    const [figure] = figuresOf({
      ...SCALING_ANALYSIS,
      value: { ...value, rungs: [bare], fits: [] },
    });
    expect(figure?.display?.rows).toEqual([['NT', 'L1H32A4', 12_992, 1, '–', '0.6000']]);
  });
});
