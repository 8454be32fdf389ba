import type { ResultRow } from '../results.ts';
import { metricName } from '../result-metrics.ts';
import { cellText, pivot, usersText } from './pivot.ts';

interface Column {
  readonly metric: ResultRow['metric'];
  readonly k: number;
}

/** Rankings at 10, or what click models are measured by. */
function columnsOf(rows: readonly ResultRow[]): readonly Column[] {
  const isRanking = rows.some(({ metric }) => metric === 'recall');
  return isRanking
    ? [
        { metric: 'recall', k: 10 },
        { metric: 'ndcg', k: 10 },
      ]
    : [
        { metric: 'auc', k: 0 },
        { metric: 'gauc', k: 0 },
        { metric: 'log-loss', k: 0 },
      ];
}

/**
 * The results as a table for a terminal: a model a line, for every context its metrics with
 * standard errors; the own context of a model is marked with `*`.
 */
export function textTable(
  rows: readonly ResultRow[],
  columns: readonly Column[] = columnsOf(rows),
): string {
  const pivots = columns.map(({ metric, k }) => pivot(rows, metric, k));
  const first = pivots[0];
  if (first === undefined || first.rows.length === 0) return 'No results.';
  const header = [
    'model',
    ...first.contexts.flatMap((context) =>
      pivots.map((one) => `${context} ${metricName(one.metric, one.k)}`),
    ),
  ];
  const body = first.rows.map((line, index) => [
    line.kind === 'baseline' ? `${line.model} (baseline)` : line.model,
    ...first.contexts.flatMap((_, at) =>
      pivots.map((one) => {
        const cell = one.rows[index]?.cells[at] ?? null;
        return cellText(one.metric, cell) + (cell?.own === true ? '*' : ' ');
      }),
    ),
  ]);
  const widths = header.map((title, at) =>
    Math.max(title.length, ...body.map((line) => (line[at] ?? '').length)),
  );
  const print = (line: readonly string[]): string =>
    line
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const counts = first.contexts.map((context, at) => `${context} ${usersText(first, at)}`);
  const isRanking = (columns[0]?.k ?? 0) > 0;
  const [unit, counted] = isRanking
    ? ['percent', 'users']
    : ['AUC and GAUC in percent, log loss in nats', 'test impressions'];
  const legend = `${unit} ± standard error (means over seeds: half the 95 % interval); ${counted}: ${counts.join(', ')}; * the model's own context`;
  return [print(header), rule, ...body.map(print), '', legend].join('\n');
}
