/** Metrics of results: of a ranking up to k, or of click probabilities (k = 0). */
const RESULT_METRICS = ['recall', 'ndcg', 'mrr', 'auc', 'gauc', 'log-loss'] as const;
export type ResultMetric = (typeof RESULT_METRICS)[number];

/** A metric with its cut-off; k = 0 for those that have none. */
export interface MetricAt {
  readonly metric: ResultMetric;
  readonly k: number;
}

export interface MetricFacts {
  readonly title: string;
  readonly unit: 'percent' | 'nats';
  readonly better: 'higher' | 'lower';
  /** Decimals that are shown. */
  readonly digits: number;
}

const FACTS: Readonly<Record<ResultMetric, MetricFacts>> = {
  recall: { title: 'Recall', unit: 'percent', better: 'higher', digits: 2 },
  ndcg: { title: 'NDCG', unit: 'percent', better: 'higher', digits: 2 },
  mrr: { title: 'MRR', unit: 'percent', better: 'higher', digits: 2 },
  auc: { title: 'AUC', unit: 'percent', better: 'higher', digits: 2 },
  gauc: { title: 'GAUC', unit: 'percent', better: 'higher', digits: 2 },
  'log-loss': { title: 'log loss', unit: 'nats', better: 'lower', digits: 4 },
};

export function metricFacts(metric: ResultMetric): MetricFacts {
  return FACTS[metric];
}

/** "Recall@10", "AUC", "log loss"; k = 0 stands for metrics without a cut-off. */
export function metricName(metric: ResultMetric, k: number): string {
  return k === 0 ? FACTS[metric].title : `${FACTS[metric].title}@${String(k)}`;
}

/** A value or a standard error in the metric's decimals; an en dash for what is not a number. */
export function metricText(metric: ResultMetric, value: number): string {
  return Number.isFinite(value) ? value.toFixed(FACTS[metric].digits) : '–';
}

/** True when `a` is better than `b`; never for NaN. */
export function isBetter(metric: ResultMetric, a: number, b: number): boolean {
  return FACTS[metric].better === 'higher' ? a > b : a < b;
}

/** Order of columns and menus: by metric, then by cut-off. */
export function compareMetrics(
  a: { readonly metric: ResultMetric; readonly k: number },
  b: { readonly metric: ResultMetric; readonly k: number },
): number {
  return RESULT_METRICS.indexOf(a.metric) - RESULT_METRICS.indexOf(b.metric) || a.k - b.k;
}
