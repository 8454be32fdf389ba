import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import type { JobSummary } from '../../../lab/job/events.ts';
import type { CellStart } from '../../../lab/paradigms/contract/paradigm-document.ts';
import { draftParadigm } from '../../../lab/paradigms/document-list.ts';
import { outlineOf } from '../../document/document-outline.ts';
import { send } from '../../state/events.ts';
import { formatCount, formatDuration, formatWithError } from '../../text/format.ts';
import { icon } from '../../style/icons.ts';
import type { MetricAt } from '../../../lab/results/result-metrics.ts';
import { metricTitle } from '../../state/metric-choice.ts';
import type { ResultRow } from '../../../lab/results/results.ts';
import { cellName, modelName, rowsFor } from '../../state/selectors.ts';
import type { EpochCurve, JobState } from '../../state/run-state.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import type { AppState } from '../../state/state.ts';

const SHORT_ID = 12;
const SHOWN: readonly MetricAt[] = [
  { metric: 'recall', k: 10 },
  { metric: 'ndcg', k: 10 },
  { metric: 'auc', k: 0 },
  { metric: 'gauc', k: 0 },
  { metric: 'log-loss', k: 0 },
];

/** Facts, lineage and actions of the model that a job makes: base, cell or merge. */
export class MmInspector extends LitElement {
  static override readonly properties = { state: { attribute: false }, job: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      dl {
        /* As tall as that of a trained cell: the button under it stays where it is. */
        min-height: 350px;
        align-content: start;
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
      ol.parents li + li::before {
        content: '+ ';
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
  declare job: JobState | null;

  protected override render(): TemplateResult {
    const { job } = this;
    if (job === null) {
      return html`<p class="muted">Choose a model, wherever its name stands, to see its facts.</p>`;
    }
    const stored = job.status === 'done' || job.status === 'cached';
    const isPrebaked = this.state.run.prebaked !== null;
    const storedText = isPrebaked ? 'prebaked, came with the page' : 'stored by an earlier run';
    const last = job.curve.losses[job.curve.losses.length - 1];
    const close = job.curve.closeShares?.at(-1);
    const name = modelName(job.summary);
    return html`
      <dl>
        <dt>Checkpoint</dt>
        <dd>${name}</dd>
        <dt>State</dt>
        <dd>${job.status === 'cached' ? storedText : job.status}</dd>
        <dt>Id</dt>
        <dd class="mono">${job.summary.id.slice(0, SHORT_ID)}</dd>
        <dt>Seed</dt>
        <dd>${job.summary.seed}</dd>
        <dt>${job.summary.model?.role === 'merge' ? 'Merged of' : 'Lineage'}</dt>
        <dd>
          <ol class=${job.summary.model?.role === 'merge' ? 'parents' : ''}>
            ${this.lineage(job).map(
              (ancestor) => html`<li>${this.ancestor(ancestor, job.summary.id)}</li>`,
            )}
          </ol>
        </dd>
        ${this.transfer(job)}
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
        ${this.scores(job).map(
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
              name: name.replaceAll(/[^\w.-]+/g, '-'),
            });
          }}
        >
          ${icon('download')} Download checkpoint
        </button>
        <span class="muted small">weights, config and vocabulary in a zip</span>
      </div>
    `;
  }

  /** A name that leads to its model; one that is no job's is a name alone. */
  private ancestor(one: Ancestor, current: string): TemplateResult | string {
    return one.id === null || one.id === current
      ? one.name
      : html`<button
          class="quiet link"
          @click=${() => {
            send(this, { type: 'inspect', id: one.id });
          }}
        >
          ${one.name}
        </button>`;
  }

  /** Of a click model: how it started, and what it trains. */
  private transfer(job: JobState): TemplateResult | typeof nothing {
    const curve = this.state.run.epochs[job.summary.id]?.curve;
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

  private scores({ summary }: JobState): readonly ResultRow[] {
    const { rows } = this.state.run;
    const isMerge = summary.model?.role === 'merge';
    return SHOWN.flatMap(({ metric, k }) => rowsFor(rows, metric, k)).filter(
      (row) =>
        (row.own || isMerge) &&
        row.seed === summary.seed &&
        (row.modelId === summary.id ||
          (row.kind === 'cell' && summary.cell !== null && row.model === cellName(summary.cell))),
    );
  }

  /** Ancestors by checkpoint inputs, oldest first; of a merge, what it is merged of. */
  private lineage({ summary }: JobState): readonly Ancestor[] {
    const { jobs, epochs } = this.state.run;
    const inputs = (one: JobSummary) => one.inputs.flatMap((id) => jobs[id]?.summary ?? []);
    if (summary.model?.role === 'merge') {
      return inputs(summary)
        .filter(({ model }) => model !== null)
        .map(ancestorOf);
    }
    const curve = epochs[summary.id]?.curve;
    if (curve !== undefined && this.startOf(curve)?.isRandom === true) {
      return [{ name: 'random start', id: null }, ancestorOf(summary)];
    }
    const found: Ancestor[] = [];
    let one: JobSummary | undefined = summary;
    while (one !== undefined && found.length < 64) {
      found.unshift(ancestorOf(one));
      one = inputs(one).find(({ model }) => model !== null && model.role !== 'merge');
    }
    return found;
  }
}

interface Ancestor {
  readonly name: string;
  /** Of its job; null where none made it. */
  readonly id: string | null;
}

function ancestorOf(summary: JobSummary): Ancestor {
  return { name: modelName(summary), id: summary.id };
}

define('mm-inspector', MmInspector);
