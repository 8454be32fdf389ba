import { nothing, type TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { metricFacts, metricText } from '../../lab/results/result-metrics.ts';
import { differenceText, intervalText, verdictOf } from '../../lab/report/difference-table.ts';
import type { DifferenceRow } from '../../lab/results/differences.ts';
import { differenceOf } from '../figures/difference-figures.ts';
import type { Pivot, PivotMetric, PivotRow } from '../figures/results-table.ts';

/** What the numbers of the table are. */
export function unitsText(metrics: readonly PivotMetric[]): string {
  const isPercent = metrics.some(({ metric }) => metricFacts(metric).unit === 'percent');
  const hasLoss = metrics.some(({ metric }) => metricFacts(metric).unit === 'nats');
  const units = isPercent ? 'Percent' : 'Nats';
  const loss = hasLoss && isPercent ? ', log loss in nats (less is better)' : '';
  return `${units}${loss} ± one standard error over test users; of means ± half their 95 % interval over seeds.`;
}

/**
 * Those of the wanted cut-off and those without one; all of them when that leaves none: a table
 * without numbers helps nobody.
 */
export function shownMetrics(pivot: Pivot, cutoff: number | null): Pivot['metrics'] {
  const wanted = pivot.metrics.filter(({ k }) => cutoff === null || k === cutoff || k === 0);
  return wanted.length > 0 ? wanted : pivot.metrics;
}

/** One number of a line, with its difference to the reference where there is one. */
export function metricCell(
  row: PivotRow,
  { id, metric }: PivotMetric,
  differences: readonly DifferenceRow[],
): TemplateResult {
  const known = row.metrics[id];
  if (known === undefined) return html`<td class="num muted">–</td>`;
  const { value, standardError, otherValue = value } = known;
  const [own, other] = [metricText(metric, value), metricText(metric, otherValue)];
  return html`<td class="num">
    ${own}
    ${
      Number.isFinite(standardError)
        ? html`<small>± ${metricText(metric, standardError)}</small>`
        : nothing
    }
    ${
      own === other
        ? nothing
        : html`<small title="with the other choice of evaluation.maskHistory">(${other})</small>`
    }
    ${differenceMark(differenceOf(row, id, differences))}
  </td>`;
}

function differenceMark(row: DifferenceRow | null): TemplateResult | typeof nothing {
  if (row === null) return nothing;
  const left = row.unpaired === 0 ? '' : `, ${String(row.unpaired)} users of one of them left out`;
  const title = `against ${row.reference}, 95 %: ${intervalText(row)}, ${String(row.nUsers)} users${left}`;
  return html`<br /><small class="difference ${verdictOf(row)}" title=${title}
      >Δ ${differenceText(row)}</small
    >`;
}
