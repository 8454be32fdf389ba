import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import type { JobSummary } from '../../lab/job/events.ts';
import type { CellStart } from '../../lab/paradigms/contract/paradigm-document.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import { outlineOf } from '../document/document-outline.ts';
import { send } from '../state/events.ts';
import { formatCount, formatDuration, formatWithError } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import type { MetricAt } from '../../lab/results/result-metrics.ts';
import { metricTitle } from '../state/metric-choice.ts';
import { cellName, rowsFor } from '../state/selectors.ts';
import type { GridCell } from '../state/selectors.ts';
import type { EpochCurve } from '../state/run-state.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';

const SHORT_ID = 12;
const SHOWN: readonly MetricAt[] = [
  { metric: 'recall', k: 10 },
  { metric: 'ndcg', k: 10 },
  { metric: 'auc', k: 0 },
  { metric: 'gauc', k: 0 },
  { metric: 'log-loss', k: 0 },
];

/** Facts, lineage and actions of the selected cell. */
export class MmInspector extends LitElement {
  static override readonly properties = { state: { attribute: false }, cell: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 4px 14px;
      }
      dt {
        color: var(--mm-muted);
      }
      dd {
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
      }
      ol {
        list-style: none;
        display: flex;
        flex-wrap: wrap;
        gap: 2px 6px;
      }
      ol li + li::before {
        content: '→ ';
        color: var(--mm-muted);
      }
      .actions {
        margin-top: 14px;
      }
      .error {
        margin-top: 12px;
        padding: 8px 12px;
        border-radius: var(--mm-radius-small);
        background: var(--mm-bad-soft);
      }
    `,
  ];

  declare state: AppState;
  declare cell: GridCell | null;

  protected override render(): TemplateResult {
    const cell = this.cell;
    const job = cell?.job ?? null;
    if (cell === null || job === null) {
      return html`<p class="muted">Choose a cell of the grid to see its facts and lineage.</p>`;
    }
    const stored = job.status === 'done' || job.status === 'cached';
    const isPrebaked = this.state.run.prebaked !== null;
    const storedText = isPrebaked ? 'prebaked, came with the page' : 'stored by an earlier run';
    const last = job.curve.losses[job.curve.losses.length - 1];
    const close = job.curve.closeShares?.at(-1);
    return html`
      <dl>
        <dt>Checkpoint</dt>
        <dd>${cellName(cell.key)}</dd>
        <dt>State</dt>
        <dd>${job.status === 'cached' ? storedText : job.status}</dd>
        <dt>Id</dt>
        <dd class="mono">${job.summary.id.slice(0, SHORT_ID)}</dd>
        <dt>Seed</dt>
        <dd>${job.summary.seed}</dd>
        <dt>Lineage</dt>
        <dd>
          <ol>
            ${this.lineage(cell).map((name) => html`<li>${name}</li>`)}
          </ol>
        </dd>
        ${this.transfer(cell)}
        ${
          last === undefined
            ? nothing
            : html`<dt>Last loss</dt>
                <dd>${last.toFixed(4)} nats</dd>`
        }
        ${
          close === undefined
            ? nothing
            : html`<dt>Close negatives</dt>
                <dd>${(100 * close).toFixed(1)} % in the last step</dd>`
        }
        ${
          job.status === 'done'
            ? html`<dt>Trained in</dt>
                <dd>${formatDuration(job.seconds)}</dd>`
            : nothing
        }
        ${this.scores(cell).map(
          (row) =>
            html`<dt>${metricTitle(row)}</dt>
              <dd>
                ${formatWithError(row.metric, row.value, row.standardError)}
                <span class="muted small">${row.evalDomain}, n = ${row.nUsers}</span>
              </dd>`,
        )}
      </dl>
      ${
        job.error === null
          ? nothing
          : html`<p class="error">
              ${icon('failed', 'Failed')} ${job.error.message} ${job.error.hint}
            </p>`
      }
      <div class="row actions">
        <button
          ?disabled=${!stored}
          @click=${() => {
            send(this, {
              type: 'export-checkpoint',
              id: job.summary.id,
              name: cellName(cell.key).replaceAll(/[^\w.-]+/g, '-'),
            });
          }}
        >
          ${icon('download')} Download checkpoint
        </button>
        <span class="muted small">weights, config and vocabulary in a zip</span>
      </div>
    `;
  }

  /** Of a click model: how it started, and what it trains. */
  private transfer(cell: GridCell): TemplateResult | typeof nothing {
    const curve = this.state.run.epochs[cell.job?.summary.id ?? '']?.curve;
    if (curve === undefined) return nothing;
    const { sparse, dense, frozen } = curve.parameters;
    return html`<dt>Strategy</dt>
      <dd>${curve.strategy}: ${this.startOf(curve)?.text ?? ''}</dd>
      <dt>Parameters</dt>
      <dd>
        ${formatCount(sparse + dense)}: ${formatCount(sparse)} sparse, ${formatCount(dense)} dense
      </dd>
      <dt>Frozen</dt>
      <dd>${frozen === 0 ? 'none' : `${formatCount(frozen)}, not trained`}</dd>`;
  }

  private startOf({ strategy }: EpochCurve['curve']): CellStart | null {
    const { paradigm } = outlineOf(this.state.document.text);
    return draftParadigm(paradigm).cellStart?.(strategy) ?? null;
  }

  private scores(cell: GridCell) {
    const { rows } = this.state.run;
    const own = SHOWN.flatMap(({ metric, k }) => rowsFor(rows, metric, k));
    return own.filter(
      (row) =>
        row.own &&
        row.seed === cell.job?.summary.seed &&
        (row.modelId === cell.job.summary.id ||
          (row.kind === 'cell' && row.model === cellName(cell.key))),
    );
  }

  /** Ancestors by checkpoint inputs, oldest first. */
  private lineage(cell: GridCell): readonly string[] {
    const names: string[] = [];
    let id: string | undefined = cell.job?.summary.id;
    const curve = this.state.run.epochs[id ?? '']?.curve;
    if (curve !== undefined && this.startOf(curve)?.isRandom === true) {
      return ['random start', cellName(cell.key)];
    }
    while (id !== undefined && names.length < 64) {
      const summary: JobSummary | undefined = this.state.run.jobs[id]?.summary;
      if (summary === undefined) break;
      names.unshift(lineageName(summary));
      id = summary.inputs.find((input) => {
        const model = this.state.run.jobs[input]?.summary.model ?? null;
        return model !== null && model.role !== 'merge';
      });
    }
    return names;
  }
}

function lineageName({ cell, model }: JobSummary): string {
  if (cell !== null) return cellName(cell);
  return model !== null && 'name' in model ? model.name : '';
}

define('mm-inspector', MmInspector);
