import type { MetricAt } from '../results/result-metrics.ts';
import type { ResultRow } from '../results/results.ts';

const RANKING: readonly MetricAt[] = [
  { metric: 'recall', k: 10 },
  { metric: 'ndcg', k: 10 },
];
const CLICKS: readonly MetricAt[] = [
  { metric: 'auc', k: 0 },
  { metric: 'gauc', k: 0 },
  { metric: 'log-loss', k: 0 },
];

/** Columns of a report, the leading one first: rankings at 10, or what click models are measured by. */
export function reportMetrics(
  rows: readonly Pick<ResultRow, 'metric' | 'k'>[],
): readonly MetricAt[] {
  return rows.some(({ k }) => k === 0) && !rows.some(({ metric }) => metric === 'recall')
    ? CLICKS
    : RANKING;
}
