import { compareMetrics, metricName, type ResultMetric } from '../../lab/results/result-metrics.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { seedInterval } from '../../lab/results/seed-interval.ts';

export interface PivotRow {
  readonly model: string;
  /** Of the job that makes it; a baseline's is no job's. */
  readonly modelId: string;
  readonly kind: ResultRow['kind'];
  readonly context: string;
  readonly own: boolean;
  /** null: the mean over `seeds` seeds, whose ± is half its 95 % interval over them. */
  readonly seed: number | null;
  readonly seeds: number;
  readonly tier: ResultRow['tier'];
  /** Users; of click models impressions. */
  readonly n: number;
  /** By metric id such as `recall@10`. */
  readonly metrics: Readonly<Record<string, PivotNumber>>;
}

export interface PivotNumber {
  readonly value: number;
  readonly standardError: number;
  /** With the other choice of `evaluation.maskHistory`; absent without one, and of means. */
  readonly otherValue?: number;
}

export interface PivotMetric {
  readonly id: string;
  readonly label: string;
  readonly metric: ResultMetric;
  readonly k: number;
}

export interface Pivot {
  readonly metrics: readonly PivotMetric[];
  readonly rows: readonly PivotRow[];
}

export type SortKey =
  | { readonly type: 'column'; readonly name: 'model' | 'kind' | 'context' | 'n' | 'seed' }
  | { readonly type: 'metric'; readonly id: string };

export interface ResultFilter {
  readonly text: string;
  /** A kind, or 'all'. */
  readonly kind: string;
  readonly scope: string;
}

/** The tidy rows as one line per (model, context, seed, tier) with a column per metric. */
export function pivotResults(rows: readonly ResultRow[]): Pivot {
  const lines = new Map<string, PivotRow>();
  const metrics = new Map<string, ResultRow>();
  for (const row of rows) {
    const context = `${row.evalDomain} ${row.evalPeriod}`;
    // Rankings of different users are different lines; GAUC counts users, AUC impressions.
    const n = row.k === 0 ? '' : row.nUsers;
    const key = [row.modelId, row.model, context, row.seed, row.tier, row.split, n].join('\u0000');
    const id = `${row.metric}@${String(row.k)}`;
    metrics.set(id, row);
    const line = lines.get(key);
    lines.set(key, {
      model: row.model,
      modelId: row.modelId,
      kind: row.kind,
      context,
      own: row.own,
      seed: row.seed,
      seeds: 1,
      tier: row.tier,
      n: row.metric === 'gauc' ? (line?.n ?? row.nUsers) : row.nUsers,
      metrics: {
        ...line?.metrics,
        [id]: {
          value: row.value,
          standardError: shownError(row),
          ...(row.otherValue !== undefined && { otherValue: row.otherValue }),
        },
      },
    });
  }
  const ordered = [...metrics].sort(([, a], [, b]) => compareMetrics(a, b));
  return {
    metrics: ordered.map(([id, row]) => ({
      id,
      label: metricName(row.metric, row.k),
      metric: row.metric,
      k: row.k,
    })),
    rows: withMeans([...lines.values()]),
  };
}

/** After the lines of a model's seeds on one context their mean. */
function withMeans(rows: readonly PivotRow[]): PivotRow[] {
  const groups = new Map<string, PivotRow[]>();
  for (const row of rows) {
    const { model, kind, context, tier } = row;
    const key = [model, kind, context, tier].join('\u0000');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined || new Set(own.map(({ seed }) => seed)).size < 2) return own;
    const metrics = Object.keys(first.metrics).flatMap((id) => {
      const values = own.flatMap((row) => row.metrics[id]?.value ?? []);
      if (values.length < own.length) return [];
      const { mean, halfWidth } = seedInterval(values);
      return [[id, { value: mean, standardError: halfWidth }] as const];
    });
    const mean = { ...first, seed: null, seeds: own.length, metrics: Object.fromEntries(metrics) };
    return [...own, mean];
  });
}

export function filteredResults(
  rows: readonly PivotRow[],
  filter: ResultFilter,
): readonly PivotRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${row.model} ${row.context}`.toLowerCase();
    return (
      (filter.kind === 'all' || row.kind === filter.kind) &&
      (filter.scope === 'all' || row.own === (filter.scope === 'own')) &&
      words.every((word) => text.includes(word))
    );
  });
}

/** Stable; lines without the metric come last in either direction. */
export function sortedResults(
  rows: readonly PivotRow[],
  key: SortKey,
  descending: boolean,
): readonly PivotRow[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (key.type === 'column') {
      const [x, y] = [a[key.name], b[key.name]];
      if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
      return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
    }
    const x = a.metrics[key.id]?.value ?? NaN;
    const y = b.metrics[key.id]?.value ?? NaN;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      return Number(!Number.isFinite(x)) - Number(!Number.isFinite(y));
    }
    return sign * (x - y);
  });
}
