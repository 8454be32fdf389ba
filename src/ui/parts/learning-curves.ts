import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import '../../charts/line-chart.ts';
import { saveFile } from '../../charts/save-file.ts';
import { writeCsv } from '../../io/csv-write.ts';
import { icon } from '../style/icons.ts';
import {
  contextsOfCurves,
  CURVE_METRICS,
  curveLines,
  curveSeries,
  curvesSummary,
  curveTable,
  seedsOfCurves,
  type CurveChoice,
  type CurveLine,
  type StrategyCurve,
} from '../figures/learning-curves.ts';
import { labelledSelect, namedOptions } from './form-fields.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { learningCurvesStyles } from './learning-curves-styles.ts';

/**
 * The overfitting picture: train and test over epochs for every strategy, the gap between them in a
 * table beside it. Live and stored curves alike.
 */
export class MmLearningCurves extends LitElement {
  static override readonly properties = {
    curves: { attribute: false },
    fileName: { attribute: false },
    metric: { state: true },
    context: { state: true },
    seed: { state: true },
    asTable: { state: true },
  };
  static override readonly styles = [sharedStyles, learningCurvesStyles];

  declare curves: readonly StrategyCurve[];
  declare fileName: string;
  declare private metric: CurveChoice['metric'];
  /** The first one until the user has chosen. */
  declare private context: string | null;
  declare private seed: CurveChoice['seed'];
  declare private asTable: boolean;

  constructor() {
    super();
    this.curves = [];
    this.fileName = 'learning-curves';
    this.metric = CURVE_METRICS[0];
    this.context = null;
    this.seed = 'mean';
    this.asTable = false;
  }

  protected override render(): TemplateResult {
    const contexts = contextsOfCurves(this.curves);
    const seeds = seedsOfCurves(this.curves);
    const context = contexts.find((one) => one === this.context) ?? contexts[0] ?? '';
    const seed = seeds.length === 1 ? (seeds[0] ?? 'mean') : this.seed;
    const { metric } = this;
    const lines = curveLines(this.curves, { context, seed, metric });
    return html`
      ${this.tools(lines, contexts, context, seeds)}
      <div class="both">
        <div>${this.asTable ? this.twin(lines) : this.chart(lines)}</div>
        ${this.ends(lines)}
      </div>
    `;
  }

  private tools(
    lines: readonly CurveLine[],
    contexts: readonly string[],
    context: string,
    seeds: readonly number[],
  ): TemplateResult {
    return html`<div class="row tools">
      <div class="choices" role="group" aria-label="Metric">
        ${CURVE_METRICS.map(
          (one) =>
            html`<button
              aria-pressed=${one === this.metric}
              @click=${() => {
                this.metric = one;
              }}
            >
              ${one.title}
            </button>`,
        )}
      </div>
      ${
        contexts.length > 1
          ? labelledSelect('Data', namedOptions(contexts), context, (value) => {
              this.context = value;
            })
          : nothing
      }
      ${
        seeds.length > 1
          ? labelledSelect(
              'Seed',
              namedOptions(['mean', ...seeds.map(String)]),
              String(this.seed),
              (value) => {
                this.seed = value === 'mean' ? value : Number(value);
              },
            )
          : nothing
      }
      <span class="end">
        <button
          aria-pressed=${this.asTable}
          @click=${() => {
            this.asTable = !this.asTable;
          }}
        >
          Table
        </button>
        <button
          @click=${() => {
            const { header, rows } = curveTable(lines, this.metric);
            const name = `${this.fileName}.${this.metric.id}.csv`;
            saveFile(name, writeCsv(header, rows), 'text/csv');
          }}
        >
          ${icon('download')} CSV
        </button>
      </span>
    </div>`;
  }

  private chart(lines: readonly CurveLine[]): TemplateResult {
    const { metric } = this;
    const drawn = metric.sides === 2 ? 'Solid: test, dashed: train. ' : 'Test impressions only. ';
    return html`<mm-line-chart
        .series=${curveSeries(lines, metric)}
        .xLabel=${'epoch (0: before training)'}
        .yLabel=${metric.id === 'log-loss' ? 'log loss, nats' : metric.title}
        .summary=${curvesSummary(lines, metric)}
      ></mm-line-chart>
      <p class="muted small">${drawn}Ring: best test epoch.</p>`;
  }

  /** The last epoch of each strategy. */
  private ends(lines: readonly CurveLine[]): TemplateResult {
    const { title, sides, better, digits } = this.metric;
    const text = (value: number | undefined) =>
      value !== undefined && Number.isFinite(value) ? value.toFixed(digits) : '–';
    const gap = better === 'higher' ? 'train − test' : 'test − train';
    const seeds = Math.max(0, ...lines.map((line) => line.seeds));
    const intervals = lines.some(({ gapHalfWidth }) => Number.isFinite(gapHalfWidth));
    return html`<div
      class="scroll"
      tabindex="0"
      role="region"
      aria-label="${title} after the last epoch"
    >
      <table>
        <caption>
          ${title} after the last
          epoch${seeds > 1 ? `, means of ${String(seeds)} seeds` : ''}${intervals ? ', gap ± 95 % interval' : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">Strategy</th>
            ${sides === 2 ? html`<th scope="col" class="num">Train</th>` : nothing}
            <th scope="col" class="num">Test</th>
            ${sides === 2 ? html`<th scope="col" class="num">Gap <small>${gap}</small></th>` : nothing}
            <th scope="col" class="num">Best test (epoch)</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map(({ strategy, epochs, train, test, gap, gapHalfWidth, best, seeds: own }) => {
            const last = epochs.length - 1;
            const isBest = best === last;
            return html`<tr>
              <th scope="row">
                ${strategy}
                ${own < seeds ? html`<small class="muted">${own} of ${seeds} seeds</small>` : nothing}
              </th>
              ${sides === 2 ? html`<td class="num">${text(train[last])}</td>` : nothing}
              <td class="num">${text(test[last])}</td>
              ${
                sides === 2
                  ? html`<td class="num gap">
                      ${text(gap)}
                      ${Number.isFinite(gapHalfWidth) ? html`<small>± ${text(gapHalfWidth)}</small>` : nothing}
                    </td>`
                  : nothing
              }
              <td class="num">
                ${
                  best < 0
                    ? '–'
                    : html`${text(test[best])}
                        <small class="muted">(${epochs[best]}${isBest ? ', last' : ''})</small>`
                }
              </td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  private twin(lines: readonly CurveLine[]): TemplateResult {
    const { header, rows } = curveTable(lines, this.metric);
    const { title, digits } = this.metric;
    return html`<div
      class="scroll twin"
      tabindex="0"
      role="region"
      aria-label="${title} over epochs, as table"
    >
      <table>
        <thead>
          <tr>
            ${header.map((name) => html`<th scope="col">${name.replaceAll('_', ' ')}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell, column) => html`<td>${column > 1 && typeof cell === 'number' ? cell.toFixed(digits) : cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}

define('mm-learning-curves', MmLearningCurves);
