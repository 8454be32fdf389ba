import { metricText, type ResultMetric } from '../results/result-metrics.ts';
import { shownError, type ResultRow } from '../results/results.ts';
import { seedInterval } from '../results/seed-interval.ts';

/** One number of the table, in the unit of its metric. */
export interface PivotCell {
  readonly value: number;
  /** Of one run: the standard error over users. Of a mean: half its 95 % interval over seeds. */
  readonly standardError: number;
  readonly n: number;
  readonly own: boolean;
  /** With the other choice of `evaluation.maskHistory`; absent without one, and of means. */
  readonly otherValue?: number;
}

/** A model's line: one cell per context, null where it was not evaluated. */
export interface PivotRow {
  readonly model: string;
  readonly kind: ResultRow['kind'];
  readonly cells: readonly (PivotCell | null)[];
}

/** Models × contexts for one metric at one cutoff. */
export interface Pivot {
  readonly metric: ResultMetric;
  readonly k: number;
  readonly contexts: readonly string[];
  readonly rows: readonly PivotRow[];
}

const KIND_ORDER: readonly ResultRow['kind'][] = ['base', 'cell', 'merge', 'baseline'];

/**
 * Test results as models × contexts, baselines in the same table. With several seeds each keeps its
 * own line, and their mean follows with its 95 % interval over seeds.
 */
export function pivot(rows: readonly ResultRow[], metric: ResultMetric, k: number): Pivot {
  const chosen = rows.filter((row) => row.metric === metric && row.k === k && row.split === 'test');
  const contexts = [...new Set(chosen.map(contextOf))];
  const lines = new Map<string, PivotLine>();
  for (const row of chosen) {
    const key = `${row.kind}\n${row.model}\n${row.seed}`;
    const line = lines.get(key);
    if (line === undefined)
      lines.set(key, { model: row.model, kind: row.kind, seed: row.seed, rows: [row] });
    else line.rows.push(row);
  }
  const ordered = KIND_ORDER.flatMap((kind) =>
    [...lines.values()].filter((line) => line.kind === kind),
  );
  return {
    metric,
    k,
    contexts,
    rows: ordered.flatMap((line, index) => {
      const seeds = ordered.filter((other) => isSameModel(line, other));
      const own = (one: PivotLine) =>
        contexts.map((context) => cellOf(one.rows.find((row) => contextOf(row) === context)));
      const model = seeds.length > 1 ? `${line.model} (seed ${line.seed})` : line.model;
      const row: PivotRow = { model, kind: line.kind, cells: own(line) };
      const isLast = !ordered.slice(index + 1).some((other) => isSameModel(line, other));
      return seeds.length > 1 && isLast ? [row, meanRow(seeds.map(own), line)] : [row];
    }),
  };
}

/** Mean over seeds; a context that some seed lacks has none. */
function meanRow(seeds: readonly (readonly (PivotCell | null)[])[], line: PivotLine): PivotRow {
  const cells = (seeds[0] ?? []).map((first, at): PivotCell | null => {
    const all = seeds.flatMap((cells) => cells[at] ?? []);
    if (first === null || all.length < seeds.length) return null;
    const { mean, halfWidth } = seedInterval(all.map(({ value }) => value));
    const { own, n } = first;
    return { own, n, value: mean, standardError: halfWidth };
  });
  return {
    model: `${line.model} (mean of ${seeds.length} seeds, 95 % interval)`,
    kind: line.kind,
    cells,
  };
}

/** Name of an evaluated context: "Office · test". */
export function contextOf(row: Pick<ResultRow, 'evalDomain' | 'evalPeriod'>): string {
  return row.evalPeriod === '' ? row.evalDomain : `${row.evalDomain} · ${row.evalPeriod}`;
}

/** "4.21 ± 0.35", "4.21 ± 0.35 (3.90)" with the number of the other mask; an en dash where nothing was measured. */
export function cellText(metric: ResultMetric, cell: PivotCell | null): string {
  if (cell === null) return '–';
  const { value, standardError, otherValue = value } = cell;
  const [own, other] = [metricText(metric, value), metricText(metric, otherValue)];
  return `${own} ± ${metricText(metric, standardError)}${own === other ? '' : ` (${other})`}`;
}

/** The table with most lines: a metric may not be defined everywhere. */
export function longestPivot(tables: readonly Pivot[]): Pivot | undefined {
  return tables.toSorted((a, b) => b.rows.length - a.rows.length)[0];
}

/** What `table` has in another table's line, on a context. */
export function cellAt(
  table: Pivot,
  { model, kind }: Pick<PivotRow, 'model' | 'kind'>,
  context: string,
): PivotCell | null {
  const row = table.rows.find((one) => one.model === model && one.kind === kind);
  return row?.cells[table.contexts.indexOf(context)] ?? null;
}

/** Test users of a context's column: "210", or "80–210" where models saw different numbers of them. */
export function usersText(table: Pivot, column: number): string {
  const counts = table.rows.flatMap((row) => row.cells[column]?.n ?? []);
  const low = Math.min(...counts);
  const high = Math.max(...counts);
  if (counts.length === 0) return '0';
  return low === high ? String(low) : `${low}–${high}`;
}

type PivotLine = Pick<ResultRow, 'model' | 'kind' | 'seed'> & { readonly rows: ResultRow[] };

function isSameModel(line: PivotLine, other: PivotLine): boolean {
  return other.kind === line.kind && other.model === line.model;
}

function cellOf(row: ResultRow | undefined): PivotCell | null {
  if (row === undefined) return null;
  const { value, nUsers: n, own, otherValue } = row;
  const standardError = shownError(row);
  return { value, standardError, n, own, ...(otherValue !== undefined && { otherValue }) };
}
