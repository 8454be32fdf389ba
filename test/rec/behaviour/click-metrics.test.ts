import { describe, expect, it } from 'vitest';
import { clickMetrics } from '../../../src/rec/behaviour/click-metrics.ts';

const of = (rows: readonly (readonly [number, 0 | 1, number])[]) =>
  clickMetrics(
    rows.map(([user, label]) => ({ user, label })),
    rows.map(([, , logit]) => logit),
  );

describe('metrics of impressions', () => {
  it('are AUC over all, GAUC over users with both classes, and log loss', () => {
    const metrics = of([
      [0, 1, 2],
      [0, 0, 1],
      [1, 1, -1],
      [1, 0, 0],
      [1, 0, -2],
      [2, 1, 0],
    ]);
    // Positives 2, -1, 0 over negatives 1, 0, -2: 3 + 1 + 1.5 of 9 pairs.
    expect(metrics.auc).toBeCloseTo(5.5 / 9, 12);
    expect(metrics.gauc).toBeCloseTo((2 * 1 + 3 * 0.5) / 5, 12);
    expect(metrics).toMatchObject({ gaucUsers: 2, gaucLeftOut: 1, impressions: 6, positives: 3 });
    const softplus = (z: number) => Math.log(1 + Math.exp(z));
    const sum = softplus(-2) + softplus(1) + softplus(1) + 2 * Math.log(2) + softplus(-2);
    expect(metrics.logLoss).toBeCloseTo(sum / 6, 12);
  });

  it('are null where a class is missing', () => {
    expect(of([[0, 1, 2]])).toMatchObject({
      auc: null,
      gauc: null,
      gaucUsers: 0,
      gaucLeftOut: 1,
      impressions: 1,
      positives: 1,
    });
  });

  it('refuse no impressions, other lengths and logits that are no numbers', () => {
    const one = [{ user: 0, label: 1 as const }];
    expect(() => clickMetrics([], [])).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(() => clickMetrics(one, [1, 2])).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
    expect(() => clickMetrics(one, [NaN])).toThrow(expect.objectContaining({ code: 'non-finite' }));
  });
});
