import { html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import '../../charts/dot-table.ts';
import { define } from '../../charts/define.ts';
import { isRecord, withMerge, withoutMerge } from '../document/document-edit.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import { send, sendEdit } from '../state/events.ts';
import { icon } from '../style/icons.ts';
import { axisStart, dotsFor, isOf, mergeContexts, subjectOf } from '../figures/merge-dots.ts';
import { formOfEntry } from '../document/merge-form-entry.ts';
import { knownAs } from '../document/merge-form-written.ts';
import { metricFacts } from '../../lab/results/result-metrics.ts';
import { metricId, metricsOf, metricTitle, shownMetric } from '../state/metric-choice.ts';
import '../parts/merge/live-panel.ts';
import '../parts/merge/merge-files.ts';
import '../parts/merge/merge-form.ts';
import type {
  MergeChangeEvent,
  MergeEvent,
  MergeLab,
  MmMergeForm,
} from '../parts/merge/merge-form.ts';
import '../parts/merge/search-panel.ts';
import type { TrialChoiceEvent } from '../parts/merge/search-panel.ts';
import { canRun, gridOf, seedsOf } from '../state/selectors.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { isBusy } from '../state/state.ts';
import type { AppState } from '../state/state.ts';
import { mergeViewStyles } from './merge-view-styles.ts';

/** Of the merge that follows the sliders; each release replaces it. */
const LIVE_NAME = 'live';

/** Describe a merge, run it, read it next to its parents and the baselines. */
export class MmMergeView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    chosen: { state: true },
    metric: { state: true },
    lab: { state: true },
    live: { state: true },
  };
  static override readonly styles = [sharedStyles, mergeViewStyles];

  declare state: AppState;
  declare private chosen: string | null;
  /** null: the usual one. */
  declare private metric: string | null;
  declare private lab: MergeLab | null;
  declare private live: boolean;

  constructor() {
    super();
    this.chosen = null;
    this.metric = null;
    this.lab = null;
    this.live = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // All merge methods with their kernels: not needed before this view is seen.
    void import('../../lab/merging/merge-forms.ts').then((lab) => {
      this.lab = lab;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.live) send(this, { type: 'end-probes' });
    this.live = false;
  }

  protected override render(): TemplateResult {
    const grid = gridOf(this.state);
    return html`
      <div class="intro">
        <h1>Merge</h1>
        <p>
          Combines checkpoints in parameter space, without data and without training. Each domain's
          own semantic-id rows are restored before it is evaluated.
        </p>
      </div>
      <div class="layout">
        <section class="card" aria-labelledby="new">
          <header><h2 id="new">New merge</h2></header>
          <mm-merge-form
            .domains=${grid.domains}
            .stages=${grid.stages}
            .merges=${outlineOf(this.state.document.text).merges}
            .lab=${this.lab}
            ?blocked=${!canRun(this.state)}
            @merge=${(event: MergeEvent) => {
              this.evaluate(event.detail);
            }}
            @merge-change=${(event: MergeChangeEvent) => {
              this.follow(event.detail);
            }}
          ></mm-merge-form>
        </section>
        <div class="stack">
          ${this.livePanel()} ${this.searches()} ${this.list()}
          ${this.results(grid.domains, grid.stages)}
        </div>
      </div>
      <section class="card files" aria-labelledby="merge-files">
        <header><h2 id="merge-files">Merge files</h2></header>
        <mm-merge-files></mm-merge-files>
      </section>
    `;
  }

  private livePanel(): TemplateResult {
    return html`<section class="card" aria-labelledby="live">
      <header><h2 id="live">Live</h2></header>
      <mm-live-panel
        ?live=${this.live}
        ?busy=${isBusy(this.state.run)}
        .probe=${this.state.probe}
        @live=${(event: CustomEvent<boolean>) => {
          this.live = event.detail;
          if (this.live) this.form?.tell('drag');
          else send(this, { type: 'end-probes' });
        }}
      ></mm-live-panel>
    </section>`;
  }

  private searches(): TemplateResult | typeof nothing {
    const results = Object.values(this.state.run.searches);
    if (results.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="searches">
      <header><h2 id="searches">Searches</h2></header>
      <mm-search-panel
        .results=${results}
        @choose-trial=${(event: TrialChoiceEvent) => {
          this.openTrial(event.detail);
        }}
      ></mm-search-panel>
    </section>`;
  }

  private get form(): MmMergeForm | null {
    return this.renderRoot.querySelector<MmMergeForm>('mm-merge-form');
  }

  /** While dragged: a probe. Let go: the merge goes into the document as "live" and is evaluated. */
  private follow({ entry, phase }: MergeChangeEvent['detail']): void {
    if (!this.live) return;
    send(this, { type: 'probe', entry });
    if (phase !== 'release' || !canRun(this.state)) return;
    // Equal merges are one: the document refuses a second one of another name.
    const name = knownAs({ ...entry, name: LIVE_NAME }, outlineOf(this.state.document.text).merges);
    this.evaluate({ ...entry, name: name ?? LIVE_NAME });
  }

  private evaluate(entry: MergeEntry): void {
    this.chosen = entry.name;
    const edited = sendEdit(this, () => withMerge(this.state.document.text, entry));
    if (edited) send(this, { type: 'run' });
  }

  private openTrial({ search, parameters }: TrialChoiceEvent['detail']): void {
    const { domains, stages } = gridOf(this.state);
    const found = outlineOf(this.state.document.text).searches.find((one) =>
      isOf(search, text(one['name'])),
    );
    const merge = found?.['merge'];
    const methods = this.lab?.mergeMethodForms();
    if (!isRecord(merge) || methods === undefined) return;
    const form = formOfEntry(merge, methods, domains, stages, parameters);
    if (form !== null) this.form?.load({ ...form, name: '' });
  }

  private list(): TemplateResult {
    const { merges } = outlineOf(this.state.document.text);
    return html`<section class="card" aria-labelledby="list">
      <header>
        <h2 id="list">Merges of this experiment</h2>
        <p>finished cells are reused; only what is new runs</p>
      </header>
      ${
        merges.length === 0
          ? html`<div class="empty">
              ${icon('merge')}
              <p>No merge in the document yet.</p>
            </div>`
          : html`<div class="scroll">
              <table class="list">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Method</th>
                    <th scope="col">Base</th>
                    <th scope="col">State</th>
                    <th scope="col"><span class="visually-hidden">Actions</span></th>
                  </tr>
                </thead>
                <tbody>
                  ${merges.map((merge) => this.listRow(merge))}
                </tbody>
              </table>
            </div>`
      }
    </section>`;
  }

  private listRow(merge: Readonly<Record<string, unknown>>): TemplateResult {
    const name = text(merge['name']);
    const method = text(merge['method']);
    const current = name === this.subjectName();
    const status = this.statusOf(name);
    return html`<tr aria-current=${current ? 'true' : 'false'}>
      <th scope="row">${name}</th>
      <td>${this.titleOf(method)}</td>
      <td>${text(merge['base']) === '' ? '–' : text(merge['base'])}</td>
      <td>
        <span class="line ${status === 'failed' ? 'bad' : status === 'queued' ? 'muted' : 'ok'}"
          >${icon(status)} ${status === 'cached' ? 'stored' : status}</span
        >
      </td>
      <td class="num">
        <button
          class="quiet"
          aria-label="Compare ${name}"
          @click=${() => {
            this.chosen = name;
          }}
        >
          Compare
        </button>
        <button
          class="quiet"
          aria-label="Remove ${name} from the document"
          ?disabled=${!canRun(this.state)}
          @click=${() => {
            sendEdit(this, () => withoutMerge(this.state.document.text, name));
          }}
        >
          ${icon('close')}
        </button>
      </td>
    </tr>`;
  }

  private titleOf(method: string): string {
    const known = this.lab?.mergeMethodForms().find(({ id }) => id === method);
    return known?.title ?? method;
  }

  /** State of the least finished of a merge's jobs (a merge may exist once a domain). */
  private statusOf(name: string): 'queued' | 'training' | 'done' | 'cached' | 'failed' {
    const jobs = Object.values(this.state.run.jobs).filter(
      ({ summary }) => summary.kind === 'merge' && isOf(summary.title.replace(/^merge /, ''), name),
    );
    if (jobs.some((job) => job.status === 'failed')) return 'failed';
    if (jobs.some((job) => job.status === 'running')) return 'training';
    if (jobs.length === 0 || jobs.some((job) => job.status === 'queued')) return 'queued';
    return jobs.every((job) => job.status === 'cached') ? 'cached' : 'done';
  }

  private subjectName(): string {
    const { merges } = outlineOf(this.state.document.text);
    const names = merges.map((merge) => text(merge['name']));
    return this.chosen !== null && names.includes(this.chosen) ? this.chosen : (names[0] ?? '');
  }

  private results(domains: readonly string[], stages: readonly string[]): TemplateResult {
    const { rows } = this.state.run;
    const contexts = mergeContexts(rows);
    const { paradigm } = outlineOf(this.state.document.text);
    const shown = shownMetric(rows, this.metric, paradigm);
    const { unit, digits } = metricFacts(shown.metric);
    const merges = outlineOf(this.state.document.text).merges;
    const entry = merges.find((merge) => text(merge['name']) === this.subjectName());
    const subject = entry === undefined ? null : subjectOf(entry, domains, stages);
    const seed = seedsOf(this.state.run)[0];
    return html`<section class="card" aria-labelledby="compare">
      <header>
        <h2 id="compare">Next to its parents and the baselines</h2>
        <label class="row small"
          >Metric
          <select
            @change=${(event: Event) => {
              if (event.target instanceof HTMLSelectElement) this.metric = event.target.value;
            }}
          >
            ${metricsOf(rows).map(
              (one) =>
                html`<option value=${metricId(one)} ?selected=${metricId(one) === metricId(shown)}>
                  ${metricTitle(one)}
                </option>`,
            )}
          </select></label
        >
      </header>
      ${
        contexts.length === 0
          ? html`<div class="empty">
              ${icon('empty')}
              <p>No merge has been evaluated yet.</p>
              ${
                this.state.run.rows.length === 0
                  ? html`<a class="button" href="#/grid">Train the grid first</a>`
                  : nothing
              }
            </div>`
          : html`<div class="plots">
              ${contexts.map((context) => {
                const dots = dotsFor(rows, context, shown.metric, shown.k, subject, seed);
                return html`<mm-dot-table
                  .caption=${`${metricTitle(shown)} on ${context}, ${unit}`}
                  .unit=${metricTitle(shown)}
                  .digits=${digits}
                  .start=${axisStart(shown.metric, dots)}
                  .dots=${dots}
                ></mm-dot-table>`;
              })}
            </div>`
      }
    </section>`;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

define('mm-merge-view', MmMergeView);
