import type { Dot, DotKind } from '../../charts/dot-table.ts';
import { metricFacts } from '../../lab/results/result-metrics.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { rowsFor } from '../state/selectors.ts';

/** AUC of a coin, percent. */
const CHANCE = 50;

/** A merge of the document with the grid cells it is made of. */
export interface MergeSubject {
  readonly name: string;
  /** Shown names of its cells: "Office/phase2". */
  readonly parents: readonly string[];
}

/** Contexts on which any merge was evaluated as its own. */
export function mergeContexts(rows: readonly ResultRow[]): readonly string[] {
  const merged = rows.filter((row) => row.kind === 'merge' && row.own);
  return [...new Set(merged.map((row) => row.evalDomain))];
}

/**
 * Everything that is comparable on one context, best first: all merges, the context's own cells,
 * the base model and the baselines. Rows of other users' samples (cross, capped) stay out.
 */
export function dotsFor(
  rows: readonly ResultRow[],
  context: string,
  metric: ResultRow['metric'],
  k: number,
  subject: MergeSubject | null,
  seed: number | undefined,
): readonly Dot[] {
  return rowsFor(rows, metric, k)
    .filter(
      (row) =>
        row.evalDomain === context &&
        (row.own || row.kind === 'baseline') &&
        (seed === undefined || row.seed === seed || row.kind === 'baseline'),
    )
    .map((row) => ({
      label: row.model,
      kind: kindOf(row, subject),
      value: row.value,
      standardError: shownError(row),
      n: row.nUsers,
      highlighted: subject !== null && row.kind === 'merge' && isOf(row.model, subject.name),
    }))
    .sort((a, b) =>
      metricFacts(metric).better === 'lower' ? a.value - b.value : b.value - a.value,
    );
}

/**
 * Where the dots' axis begins: rankings at 0, AUC at chance, log loss, which has no such place, a
 * little below the lowest. Never above a dot.
 */
export function axisStart(metric: ResultRow['metric'], dots: readonly Dot[]): number {
  if (metricFacts(metric).unit === 'percent' && metric !== 'auc' && metric !== 'gauc') return 0;
  const ends = dots.flatMap(({ value, standardError }) =>
    Number.isFinite(value) ? [value - (Number.isFinite(standardError) ? standardError : 0)] : [],
  );
  const low = Math.min(...ends);
  if (ends.length === 0) return 0;
  if (metric !== 'log-loss') return Math.min(CHANCE, low);
  const high = Math.max(...dots.map(({ value }) => value).filter(Number.isFinite));
  return Math.max(0, low - 0.1 * (high - low));
}

/** A merge that exists once a domain is shown as "name (domain)". */
export function isOf(model: string, merge: string): boolean {
  return model === merge || model.startsWith(`${merge} (`);
}

/** The cells of a document entry, with the schema's defaults: all domains, last stage(s). */
export function subjectOf(
  entry: Readonly<Record<string, unknown>>,
  domains: readonly string[],
  stages: readonly string[],
): MergeSubject {
  const used = texts(entry['domains']) ?? domains;
  const stage = typeof entry['stage'] === 'string' ? [entry['stage']] : stages.slice(-1);
  const over = entry['over'] === 'periods' ? (texts(entry['stages']) ?? stages.slice(-2)) : stage;
  return {
    name: typeof entry['name'] === 'string' ? entry['name'] : '',
    parents: used.flatMap((domain) => over.map((one) => `${domain}/${one}`)),
  };
}

function kindOf(row: ResultRow, subject: MergeSubject | null): DotKind {
  if (row.kind === 'merge' || row.kind === 'baseline') return row.kind;
  return subject?.parents.includes(row.model) === true ? 'parent' : 'other';
}

function texts(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}
