import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { areaUnderCurve, groupedAuc, logLoss } from '../../../src/rec/ctr/ctr-metrics.ts';
import { aucError, clickMetricValues } from '../../../src/rec/ctr/metric-values.ts';

type Sample = { readonly user: number; readonly label: 0 | 1 };

/** Impressions of some users; scores on a coarse grid, so that many are equal. */
function drawn(count: number, seed: number): { samples: Sample[]; scores: number[] } {
  const random = new RandomStream(seed, 'metric values');
  const samples = Array.from({ length: count }, (): Sample => ({
    user: random.nextInt(12),
    label: random.nextUniform() < 0.4 ? 1 : 0,
  }));
  const scores = samples.map(({ label }) => Math.round(4 * (random.nextNormal() + label)) / 4);
  return { samples, scores };
}

/** DeLong's variance by its definition: every pair of a positive and a negative. */
function errorByPairs(labels: readonly number[], scores: readonly number[]): number {
  const of = (label: number) => scores.filter((_, i) => labels[i] === label);
  const wins = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
  const variance = (values: readonly number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return squares / (values.length - 1) / values.length;
  };
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [positives, negatives] = [of(1), of(0)];
  const ofPositives = positives.map((x) => mean(negatives.map((y) => wins(x, y))));
  const ofNegatives = negatives.map((y) => mean(positives.map((x) => wins(x, y))));
  return Math.sqrt(variance(ofPositives) + variance(ofNegatives));
}

describe('metrics of clicks with their errors', () => {
  it('are the metrics, AUC and GAUC in percent', () => {
    const { samples, scores } = drawn(200, 1);
    const labels = samples.map(({ label }) => label);
    const found = clickMetricValues(samples, scores);
    expect(found.map(({ metric, k }) => [metric, k])).toEqual([
      ['auc', 0],
      ['gauc', 0],
      ['log-loss', 0],
    ]);
    const [auc, gauc, loss] = found;
    const users = samples.map(({ user }) => user);
    const grouped = groupedAuc({ labels, scores }, users);
    expect(auc?.value).toBeCloseTo(100 * (areaUnderCurve({ labels, scores }) ?? NaN), 10);
    expect(gauc?.value).toBeCloseTo(100 * (grouped.value ?? NaN), 10);
    expect(gauc?.n).toBe(grouped.users);
    expect(loss?.value).toBeCloseTo(logLoss({ labels, scores }), 12);
    expect([auc?.n, loss?.n]).toEqual([200, 200]);
  });

  it.each([2, 3, 4])('have DeLong’s error of the AUC, ties included (draw %i)', (seed) => {
    const { samples, scores } = drawn(80, seed);
    const labels = samples.map(({ label }) => label);
    expect(aucError(labels, scores)).toBeCloseTo(errorByPairs(labels, scores), 12);
  });

  it('have an error that other draws confirm', () => {
    const draws = Array.from({ length: 300 }, (_, i) => {
      const { samples, scores } = drawn(150, 100 + i);
      const labels = samples.map(({ label }) => label);
      return { auc: areaUnderCurve({ labels, scores }) ?? NaN, error: aucError(labels, scores) };
    });
    const mean = draws.reduce((sum, { auc }) => sum + auc, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((sum, { auc }) => sum + (auc - mean) ** 2, 0) / 299);
    const told = draws.reduce((sum, { error }) => sum + error, 0) / draws.length;
    // The spread of 300 draws is itself known to 4 %.
    expect(told / spread).toBeGreaterThan(0.85);
    expect(told / spread).toBeLessThan(1.15);
  });

  it('leave out what one class does not define', () => {
    const samples = [1, 2, 3].map((user): Sample => ({ user, label: 1 }));
    expect(clickMetricValues(samples, [0, 1, 2]).map(({ metric }) => metric)).toEqual(['log-loss']);
  });
});
