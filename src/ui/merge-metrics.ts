import type { ResultRow } from '../lab/results.ts';

/** Metrics that a merge is compared by. */
export const METRICS = ['recall@5', 'recall@10', 'recall@20', 'ndcg@10', 'mrr@10'] as const;
export type MetricChoice = (typeof METRICS)[number];

const METRIC_TITLES = { recall: 'Recall', ndcg: 'NDCG', mrr: 'MRR' } as const;

export function splitMetric(id: MetricChoice): readonly [ResultRow['metric'], number] {
  const [name, k] = id.split('@');
  return [name === 'ndcg' || name === 'mrr' ? name : 'recall', Number(k)];
}

export function metricTitle(id: MetricChoice): string {
  const [metric, k] = splitMetric(id);
  return `${METRIC_TITLES[metric]}@${String(k)}`;
}
