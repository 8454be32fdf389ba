import { metricName, type MetricAt } from '../results/result-metrics.ts';
import {
  differenceTable,
  differenceText,
  intervalText,
  verdictOf,
  type DifferenceTable,
} from './difference-table.ts';
import { forestSvg } from './forest-svg.ts';
import { escapeMarkup } from './markup.ts';
import type { RunRecord } from './run-info.ts';

/** The differences to the reference, as pictures by context and as a table; '' where there is none. */
export function differencesMarkup(
  { differences }: Pick<RunRecord, 'differences'>,
  columns: readonly MetricAt[],
): string {
  const tables = columns.map((column) => differenceTable(differences, column));
  const [leading] = tables;
  if (leading === undefined || leading.lines.length === 0) return '';
  const pictures = leading.contexts.map((context, at) => {
    const rows = leading.lines.flatMap(({ cells }) => cells[at] ?? []);
    return forestSvg(rows, context);
  });
  return `<div class="curves">${pictures.join('\n')}</div>${table(tables, columns, leading)}`;
}

/** What the differences are, in words. */
export const DIFFERENCES_NOTE =
  'Model − reference on the same users, ± the paired standard error over users (a user’s impressions count together); beside it the 95 % interval. Bold where it leaves out 0. Over several seeds the mean, user by user. n says how many users both were asked for.';

function table(
  tables: readonly DifferenceTable[],
  columns: readonly MetricAt[],
  leading: DifferenceTable,
): string {
  const groups = leading.contexts
    .map((context, at) => {
      const against = `${context} − ${leading.references[at] ?? ''}`;
      return `<th colspan="${String(columns.length + 1)}" scope="colgroup">${escapeMarkup(against)}</th>`;
    })
    .join('');
  const names = columns.map(({ metric, k }) => `<th scope="col">${metricName(metric, k)}</th>`);
  const head = leading.contexts.map(() => `${names.join('')}<th scope="col">n</th>`).join('');
  const body = leading.lines.map(({ model, kind, cells }) => {
    const values = leading.contexts.flatMap((context, at) => [
      ...tables.map(({ contexts, lines }) => {
        const line = lines.find((one) => one.model === model && one.kind === kind);
        const row = line?.cells[contexts.indexOf(context)] ?? null;
        const isTold = verdictOf(row) !== 'open';
        const interval = row === null ? '' : ` <small>${intervalText(row)}</small>`;
        return `<td${isTold ? ' class="own"' : ''}>${differenceText(row)}${interval}</td>`;
      }),
      `<td>${countText(cells[at] ?? null)}</td>`,
    ]);
    return `<tr class="${kind}"><th scope="row">${escapeMarkup(model)}</th>${values.join('')}</tr>`;
  });
  return `<table><thead><tr><th rowspan="2" scope="col">Model</th>${groups}</tr>
<tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table>`;
}

function countText(row: { readonly nUsers: number; readonly unpaired: number } | null): string {
  if (row === null) return '–';
  const left = row.unpaired === 0 ? '' : ` (${String(row.unpaired)} left out)`;
  return `${String(row.nUsers)}${left}`;
}
