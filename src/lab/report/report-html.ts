import { closenessSvg, curveSvg } from './curve-svg.ts';
import { heatSvg } from './heat-svg.ts';
import { escapeMarkup } from './markup.ts';
import { metricFacts, metricName, type MetricAt } from '../results/result-metrics.ts';
import { cellAt, cellText, longestPivot, pivot, usersText } from './pivot.ts';
import { DIFFERENCES_NOTE, differencesMarkup } from './report-differences.ts';
import { gridMatrix, pivotMatrix } from './report-matrices.ts';
import { reportMetrics } from './report-metrics.ts';
import { REPORT_STYLE } from './report-style.ts';
import type { RunInfo, RunRecord } from './run-info.ts';
import { shareSvg } from './share-svg.ts';
import type { ResultRow } from '../results/results.ts';

/**
 * One self-contained page about a run: no script, no request, all text escaped, opens from a disk
 * without a network. Its own policy forbids whatever a mistake here might let through.
 */
export function reportHtml(record: RunRecord): string {
  const { info, rows } = record;
  const [leading = { metric: 'recall', k: 10 }, ...others] = reportMetrics(rows);
  const name = metricName(leading.metric, leading.k);
  const columns = [leading, ...others];
  const grid = gridMatrix(record, leading);
  const cross = pivotMatrix(pivot(rows, leading.metric, leading.k));
  const curves = record.curves
    .flatMap((curve) => [curveSvg(curve), closenessSvg(curve)])
    .filter((svg) => svg !== '');
  const shares = shareSvg(record.shares);
  const differences = differencesMarkup(record, columns);
  const sections = [
    grid === null ? '' : section(`Grid: ${name} on the own test context`, heatSvg(grid)),
    section(
      `Every model on every context: ${name}`,
      cross.rows.length === 0 ? '<p>Nothing was evaluated.</p>' : heatSvg(cross),
      `${metricFacts(leading.metric).unit === 'percent' ? 'Percent' : 'Nats'}. Outlined: the model’s own context. The other cells show how it carries over.`,
    ),
    section(
      'Results and baselines',
      resultTable(rows, columns),
      `${unitsOf(columns)} ± standard error over users; of means over seeds ± half their 95 % interval.${maskText(rows)}`,
    ),
    differences === ''
      ? ''
      : section(`Differences to ${record.reference ?? ''}`, differences, DIFFERENCES_NOTE),
    section(
      'Training loss',
      curves.length === 0
        ? '<p>No training curve was recorded.</p>'
        : `<div class="curves">${curves.join('\n')}</div>`,
      'Nats a scored token or impression, over optimizer steps.',
    ),
    shares === ''
      ? ''
      : section(
          'Interactions add up',
          shares,
          'Of all interactions of a domain, those before each month begins (UTC), after filtering.',
        ),
    section('Run', factTable(info)),
    section('Experiment document', `<pre>${escapeMarkup(info.document)}</pre>`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(info.name)} – MMGrid report</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header><h1>${escapeMarkup(info.name)}</h1>
<p>${escapeMarkup(subtitle(info))}</p></header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function subtitle(info: RunInfo): string {
  const minutes = (info.seconds / 60).toFixed(1);
  return `${info.finishedAt} · ${minutes} min on ${info.adapter.name} · ${info.parameters} parameters a model`;
}

function section(title: string, body: string, note = ''): string {
  const caption = note === '' ? '' : `<p class="note">${escapeMarkup(note)}</p>`;
  return `<section><h2>${escapeMarkup(title)}</h2>${caption}<div class="wide">${body}</div></section>`;
}

function unitsOf(columns: readonly MetricAt[]): string {
  const hasLoss = columns.some(({ metric }) => metricFacts(metric).unit === 'nats');
  return hasLoss ? 'Percent, log loss in nats (less is better)' : 'Percent';
}

function resultTable(rows: readonly ResultRow[], columns: readonly MetricAt[]): string {
  const pivots = columns.map(({ metric, k }) => pivot(rows, metric, k));
  const first = longestPivot(pivots);
  if (first === undefined || first.rows.length === 0) return '<p>Nothing was evaluated.</p>';
  const contexts = first.contexts
    .map(
      (context) => `<th colspan="${pivots.length}" scope="colgroup">${escapeMarkup(context)}</th>`,
    )
    .join('');
  const metrics = first.contexts
    .map(() =>
      pivots.map((one) => `<th scope="col">${metricName(one.metric, one.k)}</th>`).join(''),
    )
    .join('');
  const body = first.rows.map((row) => {
    const cells = first.contexts.flatMap((context) =>
      pivots.map((one) => {
        const cell = cellAt(one, row, context);
        return `<td${cell?.own === true ? ' class="own"' : ''}>${cellText(one.metric, cell)}</td>`;
      }),
    );
    const name = `<th scope="row">${escapeMarkup(row.model)}</th><td class="kind">${row.kind}</td>`;
    return `<tr class="${row.kind}">${name}${cells.join('')}</tr>`;
  });
  const counted = columns.some(({ k }) => k > 0) ? 'users' : 'impressions';
  const users = first.contexts.map(
    (_, at) => `<td colspan="${pivots.length}">${usersText(first, at)} ${counted}</td>`,
  );
  return `<table><thead><tr><th rowspan="2" scope="col">Model</th><th rowspan="2" scope="col">Kind</th>${contexts}</tr>
<tr>${metrics}</tr></thead><tbody>
${body.join('\n')}
</tbody><tfoot><tr><th scope="row">Test ${counted}</th><td></td>${users.join('')}</tr></tfoot></table>`;
}

/** What `evaluation.maskHistory` has done, where it was chosen. */
function maskText(rows: readonly ResultRow[]): string {
  return rows.some(({ otherValue }) => otherValue !== undefined)
    ? ' In brackets, where it differs: with the history left in, or masked, where the number is the other.'
    : '';
}

function factTable(info: RunInfo): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Started', info.startedAt],
    ['Finished', info.finishedAt],
    ['Duration', `${info.seconds.toFixed(1)} s`],
    ['Executor', info.adapter.name],
    [
      'Adapter',
      [info.adapter.vendor, info.adapter.architecture, info.adapter.description].join(' '),
    ],
    ['Why not a better one', info.adapterReason],
    ['Engine', info.engineVersion],
    ['Browser', info.browser],
    ['Seeds', info.seeds.join(', ')],
    ['Parameters', String(info.parameters)],
    ...info.notes.map((note) => ['Data', note] as const),
  ];
  const lines = facts
    .filter(([, value]) => value.trim() !== '')
    .map(
      ([name, value]) =>
        `<tr><th scope="row">${escapeMarkup(name)}</th><td class="text">${escapeMarkup(value)}</td></tr>`,
    );
  return `<table><tbody>${lines.join('\n')}</tbody></table>`;
}
