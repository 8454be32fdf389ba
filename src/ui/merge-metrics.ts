import { metricName } from '../lab/result-metrics.ts';
import type { ResultRow } from '../lab/results.ts';

/** Metrics that a merge is compared by. */
export const METRICS = ['recall@5', 'recall@10', 'recall@20', 'ndcg@10', 'mrr@10'] as const;
export type MetricChoice = (typeof METRICS)[number];

export function splitMetric(id: MetricChoice): readonly [ResultRow['metric'], number] {
  const [name, k] = id.split('@');
  return [name === 'ndcg' || name === 'mrr' ? name : 'recall', Number(k)];
}

export function metricTitle(id: MetricChoice): string {
  const [metric, k] = splitMetric(id);
  return metricName(metric, k);
}
