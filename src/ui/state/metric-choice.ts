import { compareMetrics, metricName, type MetricAt } from '../../lab/results/result-metrics.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import type { ResultRow } from '../../lab/results/results.ts';

const OF_RANKINGS: MetricAt = { metric: 'recall', k: 10 };
const OF_CLICKS: MetricAt = { metric: 'auc', k: 0 };

export function metricId({ metric, k }: MetricAt): string {
  return `${metric}@${String(k)}`;
}

export function metricTitle({ metric, k }: MetricAt): string {
  return metricName(metric, k);
}

/** What the rows have been measured by, in one order. */
export function metricsOf(rows: readonly ResultRow[]): readonly MetricAt[] {
  const known = new Map<string, MetricAt>();
  for (const { metric, k } of rows) known.set(metricId({ metric, k }), { metric, k });
  return [...known.values()].sort(compareMetrics);
}

/**
 * The metric that is shown: the wanted one where the rows have it, else Recall@10 or AUC, else what
 * there is. Without rows the paradigm says which will come.
 */
export function shownMetric(
  rows: readonly ResultRow[],
  wanted: string | null,
  paradigm: string,
): MetricAt {
  const known = metricsOf(rows);
  const usual = draftParadigm(paradigm).labels.metric;
  const find = (id: string | null) => known.find((one) => metricId(one) === id);
  return (
    find(wanted) ??
    find(metricId(usual)) ??
    find(metricId(OF_RANKINGS)) ??
    find(metricId(OF_CLICKS)) ??
    known[0] ??
    usual
  );
}
