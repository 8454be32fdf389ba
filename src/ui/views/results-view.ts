import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { notesOf } from '../session/run-record.ts';
import { send } from '../state/events.ts';
import type { DifferenceRow } from '../../lab/results/differences.ts';
import { metricFacts } from '../../lab/results/result-metrics.ts';
import { formatCount } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import { filteredResults, pivotResults, sortedResults } from '../figures/results-table.ts';
import type {
  Pivot,
  PivotMetric,
  PivotRow,
  ResultFilter,
  SortKey,
} from '../figures/results-table.ts';
import { valueOf } from '../parts/form-fields.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';
import { referenceSelect } from '../parts/reference-select.ts';
import { comparedOf } from '../state/shown-reference.ts';
import { metricCell, shownMetrics, unitsText } from './results-columns.ts';
import { resultsViewStyles } from './results-view-styles.ts';

const PAGE = 200;
const FORMATS = [
  { format: 'csv', title: 'CSV' },
  { format: 'json', title: 'JSON' },
  { format: 'html', title: 'Report' },
  { format: 'users', title: 'Users' },
] as const;
const KINDS: Readonly<Record<PivotRow['kind'], string>> = {
  cell: 'cell',
  base: 'base',
  merge: 'merge',
  baseline: 'baseline',
};

/** All results: one line per model and context, one column per metric; sortable, filterable. */
export class MmResultsView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    filter: { state: true },
    sort: { state: true },
    descending: { state: true },
    pages: { state: true },
    cutoff: { state: true },
  };
  static override readonly styles = [sharedStyles, resultsViewStyles];

  declare state: AppState;
  declare private filter: ResultFilter;
  declare private sort: SortKey;
  declare private descending: boolean;
  declare private pages: number;
  /** Shown cut-off k; null shows all. */
  declare private cutoff: number | null;

  constructor() {
    super();
    this.filter = { text: '', kind: 'all', scope: 'all' };
    this.sort = { type: 'column', name: 'context' };
    this.descending = false;
    this.pages = 1;
    this.cutoff = 10;
  }

  protected override render(): TemplateResult {
    const pivot = pivotResults(this.state.run.rows);
    if (pivot.rows.length === 0) return this.empty();
    const metrics = shownMetrics(pivot, this.cutoff);
    const { names, reference, differences } = comparedOf(this.state);
    const shown = sortedResults(
      filteredResults(pivot.rows, this.filter),
      this.sort,
      this.descending,
    );
    return html`
      <div class="intro">
        <h1>Results</h1>
        <p class="muted">
          ${unitsText(pivot.metrics)} Own = evaluated on the model's own domain.
          ${reference === null ? '' : `Δ = difference to ${reference} on the same users, ± its paired standard error; strong where the 95 % interval leaves out 0.`}
        </p>
      </div>
      <section class="card">
        ${this.tools(shown.length, pivot, names, reference)}
        <div class="scroll" tabindex="0" role="region" aria-label="Results table">
          <table>
            <thead>
              <tr>
                ${this.head('Model', { type: 'column', name: 'model' }, false)}
                ${this.head('Kind', { type: 'column', name: 'kind' }, false)}
                ${this.head('Context', { type: 'column', name: 'context' }, false)}
                <th scope="col">Scope</th>
                ${metrics.map((metric) =>
                  this.head(metric.label, { type: 'metric', id: metric.id }, true, metric),
                )}
                ${this.head('n', { type: 'column', name: 'n' }, true)}
                ${this.head('Seed', { type: 'column', name: 'seed' }, true)}
              </tr>
            </thead>
            <tbody>
              ${shown.slice(0, PAGE * this.pages).map((row) => this.line(row, metrics, differences))}
            </tbody>
          </table>
        </div>
        ${
          shown.length > PAGE * this.pages
            ? html`<button
                @click=${() => {
                  this.pages += 1;
                }}
              >
                Show ${Math.min(PAGE, shown.length - PAGE * this.pages)} more
              </button>`
            : ''
        }
      </section>
      ${this.notes()}
    `;
  }

  /** What the import, the checks and the run said of the data, as in the report. */
  private notes(): TemplateResult | typeof nothing {
    const notes = notesOf(this.state);
    if (notes.length === 0) return nothing;
    return html`<section class="card">
      <h2>Notes on the data</h2>
      <ul class="small">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>
    </section>`;
  }

  private tools(
    shown: number,
    pivot: Pivot,
    names: readonly string[],
    reference: string | null,
  ): TemplateResult {
    return html`<div class="row tools">
      <div class="field wide">
        <label for="text">Filter</label>
        <input
          id="text"
          type="search"
          placeholder="model or context"
          .value=${this.filter.text}
          @input=${(event: Event) => {
            this.patch({ text: valueOf(event) });
          }}
        />
      </div>
      <div class="field">
        <label for="kind">Kind</label>
        <select
          id="kind"
          @change=${(event: Event) => {
            this.patch({ kind: valueOf(event) });
          }}
        >
          <option value="all">All kinds</option>
          ${Object.entries(KINDS).map(([id, text]) => html`<option value=${id}>${text}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="scope">Scope</label>
        <select
          id="scope"
          @change=${(event: Event) => {
            this.patch({ scope: valueOf(event) });
          }}
        >
          <option value="all">Own and cross</option>
          <option value="own">Own context</option>
          <option value="cross">Cross context</option>
        </select>
      </div>
      ${this.cutoffs(pivot)} ${referenceSelect(this, names, reference)}
      <span class="muted number count" role="status"
        >${formatCount(shown)} of ${formatCount(pivot.rows.length)} lines</span
      >
      <div class="row buttons">
        ${FORMATS.map(
          ({ format, title }) =>
            html`<button
              @click=${() => {
                send(this, { type: 'export-results', format });
              }}
            >
              ${icon('download')} ${title}
            </button>`,
        )}
      </div>
    </div>`;
  }

  /** Only rankings have one. */
  private cutoffs(pivot: Pivot): TemplateResult | typeof nothing {
    const cutoffs = [...new Set(pivot.metrics.map(({ k }) => k))].filter((k) => k > 0);
    if (cutoffs.length === 0) return nothing;
    return html`<div class="field">
      <label for="cutoff">Cut-off</label>
      <select
        id="cutoff"
        @change=${(event: Event) => {
          const k = Number(valueOf(event));
          this.cutoff = k > 0 ? k : null;
        }}
      >
        <option value="0">All k</option>
        ${cutoffs.map(
          (k) => html`<option value=${k} ?selected=${k === this.cutoff}>k = ${k}</option>`,
        )}
      </select>
    </div>`;
  }

  /** The first press on a number's head puts the best first. */
  private head(text: string, key: SortKey, numeric: boolean, metric?: PivotMetric): TemplateResult {
    const lowerFirst = metric !== undefined && metricFacts(metric.metric).better === 'lower';
    const active = JSON.stringify(key) === JSON.stringify(this.sort);
    const direction = this.descending ? 'descending' : 'ascending';
    return html`<th
      scope="col"
      class=${numeric ? 'num' : ''}
      aria-sort=${active ? direction : 'none'}
    >
      <button
        @click=${() => {
          this.descending = active ? !this.descending : numeric && !lowerFirst;
          this.sort = key;
        }}
      >
        ${text} ${active ? icon(this.descending ? 'down' : 'up') : ''}
      </button>
    </th>`;
  }

  private line(
    row: PivotRow,
    metrics: readonly PivotMetric[],
    differences: readonly DifferenceRow[],
  ): TemplateResult {
    return html`<tr class=${row.kind}>
      <th scope="row">${this.model(row)}</th>
      <td>${KINDS[row.kind]}</td>
      <td>${row.context}</td>
      <td>${row.own ? 'own' : 'cross'}${row.tier === 'probe' ? ' (probe)' : ''}</td>
      ${metrics.map((metric) => metricCell(row, metric, differences))}
      <td class="num">${formatCount(row.n)}</td>
      <td class="num">${row.seed ?? `mean of ${row.seeds}`}</td>
    </tr>`;
  }

  /** Leads to the inspector where a job made it; a mean over seeds is of no one model. */
  private model({ model, modelId, seed }: PivotRow): TemplateResult | string {
    if (seed === null || this.state.run.jobs[modelId] === undefined) return model;
    return html`<button
      class="quiet link"
      @click=${() => {
        send(this, { type: 'inspect', id: modelId });
      }}
    >
      ${model}
    </button>`;
  }

  private empty(): TemplateResult {
    return html`<div class="intro"><h1>Results</h1></div>
      <section class="card">
        <div class="empty">
          ${icon('empty')}
          <p>No results yet. They appear here while the run evaluates its checkpoints.</p>
          <a class="button" href="#/grid">Go to the grid</a>
        </div>
      </section>`;
  }

  private patch(change: Partial<Record<keyof ResultFilter, string>>): void {
    this.filter = { ...this.filter, ...change };
    this.pages = 1;
  }
}

define('mm-results-view', MmResultsView);
