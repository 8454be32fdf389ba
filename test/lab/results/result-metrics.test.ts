import { describe, expect, it } from 'vitest';
import {
  compareMetrics,
  isBetter,
  metricFacts,
  metricName,
  metricText,
} from '../../../src/lab/results/result-metrics.ts';

describe('metrics of results', () => {
  it('are named with their cut-off, or without one', () => {
    expect([
      metricName('recall', 10),
      metricName('auc', 0),
      metricName('gauc', 0),
      metricName('log-loss', 0),
    ]).toEqual(['Recall@10', 'AUC', 'GAUC', 'log loss']);
  });

  it('show percent with two decimals, nats with four', () => {
    expect(metricText('auc', 68.123)).toBe('68.12');
    expect(metricText('log-loss', 0.39341)).toBe('0.3934');
    expect(metricText('auc', NaN)).toBe('–');
    expect(metricFacts('log-loss').unit).toBe('nats');
  });

  it('know which direction is better', () => {
    expect(isBetter('auc', 0.7, 0.6)).toBe(true);
    expect(isBetter('log-loss', 0.7, 0.6)).toBe(false);
    expect(isBetter('log-loss', 0.6, 0.7)).toBe(true);
    expect(isBetter('recall', NaN, 1)).toBe(false);
  });

  it('stand in one order', () => {
    const metrics = [
      { metric: 'log-loss', k: 0 },
      { metric: 'auc', k: 0 },
      { metric: 'recall', k: 10 },
      { metric: 'recall', k: 5 },
    ] as const;
    expect(metrics.toSorted(compareMetrics).map(({ metric, k }) => metricName(metric, k))).toEqual([
      'Recall@5',
      'Recall@10',
      'AUC',
      'log loss',
    ]);
  });
});
