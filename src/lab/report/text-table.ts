import type { DifferenceRow } from '../results/differences.ts';
import type { ResultRow } from '../results/results.ts';
import { metricName, type MetricAt } from '../results/result-metrics.ts';
import { differenceTable, differenceText, verdictOf } from './difference-table.ts';
import { cellAt, cellText, longestPivot, pivot, usersText } from './pivot.ts';
import { reportMetrics } from './report-metrics.ts';

/**
 * The results as a table for a terminal: a model a line, for every context its metrics with
 * standard errors; the own context of a model is marked with `*`.
 */
export function textTable(
  rows: readonly ResultRow[],
  columns: readonly MetricAt[] = reportMetrics(rows),
): string {
  const pivots = columns.map(({ metric, k }) => pivot(rows, metric, k));
  const first = longestPivot(pivots);
  if (first === undefined || first.rows.length === 0) return 'No results.';
  const header = [
    'model',
    ...first.contexts.flatMap((context) =>
      pivots.map((one) => `${context} ${metricName(one.metric, one.k)}`),
    ),
  ];
  const body = first.rows.map((line) => [
    line.kind === 'baseline' ? `${line.model} (baseline)` : line.model,
    ...first.contexts.flatMap((context) =>
      pivots.map((one) => {
        const cell = cellAt(one, line, context);
        return cellText(one.metric, cell) + (cell?.own === true ? '*' : ' ');
      }),
    ),
  ]);
  const counts = first.contexts.map((context, at) => `${context} ${usersText(first, at)}`);
  const isRanking = (columns[0]?.k ?? 0) > 0;
  const [unit, counted] = isRanking
    ? ['percent', 'users']
    : ['AUC and GAUC in percent, log loss in nats', 'test impressions'];
  const legend = `${unit} ± standard error (means over seeds: half the 95 % interval); ${counted}: ${counts.join(', ')}; * the model's own context`;
  return [...aligned(header, body), '', legend].join('\n');
}

/**
 * Differences to the reference as a table for a terminal, of the leading metric: a model a line, for
 * every context the difference with its paired standard error; `*` where the 95 % interval leaves
 * out 0. '' without any.
 */
export function differenceLines(
  rows: readonly DifferenceRow[],
  reference: string,
  column: MetricAt | undefined = reportMetrics(rows)[0],
): string {
  if (column === undefined || rows.length === 0) return '';
  const { contexts, lines } = differenceTable(rows, column);
  const name = metricName(column.metric, column.k);
  const header = [`− ${reference}`, ...contexts.map((context) => `${context} ${name}`)];
  const body = lines.map(({ model, kind, cells }) => [
    kind === 'baseline' ? `${model} (baseline)` : model,
    ...cells.map((cell) => differenceText(cell) + (verdictOf(cell) === 'open' ? ' ' : '*')),
  ]);
  const legend =
    'model − reference, paired by user, ± standard error; * 0 outside the 95 % interval';
  return [...aligned(header, body), '', legend].join('\n');
}

/** Columns under their heads, the first to the left. */
function aligned(header: readonly string[], body: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, at) =>
    Math.max(title.length, ...body.map((line) => (line[at] ?? '').length)),
  );
  const print = (line: readonly string[]): string =>
    line
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [print(header), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(print)];
}
