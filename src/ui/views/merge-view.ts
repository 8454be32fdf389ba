import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
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
import { metricFacts, type MetricAt } from '../../lab/results/result-metrics.ts';
import { differenceDots, differenceStart } from '../figures/difference-figures.ts';
import { comparedOf } from '../state/shown-reference.ts';
import { metricsOf, metricTitle, shownMetric } from '../state/metric-choice.ts';
import '../parts/recommend/live-lists.ts';
import '../parts/merge/merge-files.ts';
import '../parts/merge/merge-form.ts';
import type {
  MergeChangeEvent,
  MergeEvent,
  MergeLab,
  MmMergeForm,
} from '../parts/merge/merge-form.ts';
import { mergeList, mergeStatus, type ListedMerge } from '../parts/merge/merge-list.ts';
import '../parts/merge/search-panel.ts';
import { resultCurve } from '../parts/merge/result-curve.ts';
import type { TrialChoiceEvent } from '../parts/merge/search-panel.ts';
import { canRun, gridOf, seedsOf } from '../state/selectors.ts';
import { metricSelect } from '../parts/metric-select.ts';
import { introStyles } from '../style/intro-styles.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';
import { MergeLive } from './merge-live.ts';
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
  };
  static override readonly styles = [sharedStyles, introStyles, mergeViewStyles];

  declare state: AppState;
  declare private chosen: string | null;
  /** null: the usual one. */
  declare private metric: string | null;
  declare lab: MergeLab | null;
  private readonly live = new MergeLive(this);

  constructor() {
    super();
    this.chosen = null;
    this.metric = null;
    this.lab = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // All merge methods with their kernels: not needed before this view is seen.
    void import('../../lab/merging/merge-forms.ts').then((lab) => {
      this.lab = lab;
    });
  }

  protected override render(): TemplateResult {
    const grid = gridOf(this.state);
    return html`
      <div class="intro">
        <h1>Merge</h1>
        <p>
          Models mixed in parameter space, without training. Each domain gets its own codes back.
        </p>
      </div>
      <div class="layout">
        <section class="card form" aria-labelledby="new">
          <header><h2 id="new">New merge</h2></header>
          <mm-merge-form
            .domains=${grid.domains}
            .stages=${grid.stages}
            .merges=${outlineOf(this.state.document.text).merges}
            .restores=${outlineOf(this.state.document.text).restores}
            .lab=${this.lab}
            ?blocked=${!canRun(this.state)}
            @merge=${(event: MergeEvent) => {
              this.evaluate(event.detail);
            }}
            @merge-change=${(event: MergeChangeEvent) => {
              this.live.follow(event.detail);
            }}
          ></mm-merge-form>
        </section>
        <div class="stack">
          <section class="card live" aria-labelledby="live">${this.live.render()}</section>
          <mm-live-lists .state=${this.state}></mm-live-lists>
          ${this.searches()} ${this.results(grid.domains, grid.stages)}
          ${this.lab === null ? nothing : resultCurve(this.state, this.metricShown(), this.lab.MEANS)}
          ${this.merges()}
        </div>
      </div>
      <section class="card files" aria-labelledby="merge-files">
        <header><h2 id="merge-files">Merge files</h2></header>
        <mm-merge-files></mm-merge-files>
      </section>
    `;
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

  get form(): MmMergeForm | null {
    return this.renderRoot.querySelector<MmMergeForm>('mm-merge-form');
  }

  evaluateLive(entry: MergeEntry): void {
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

  private merges(): TemplateResult {
    const subject = this.subjectName();
    const listed = outlineOf(this.state.document.text).merges.map((merge): ListedMerge => {
      const name = text(merge['name']);
      return {
        name,
        method: this.titleOf(text(merge['method'])),
        base: text(merge['base']),
        status: mergeStatus(this.state.run, name),
        isShown: name === subject,
      };
    });
    return mergeList(listed, {
      isLocked: !canRun(this.state),
      compare: (name) => {
        this.chosen = name;
      },
      remove: (name) => {
        sendEdit(this, () => withoutMerge(this.state.document.text, name));
      },
    });
  }

  private titleOf(method: string): string {
    const known = this.lab?.mergeMethodForms().find(({ id }) => id === method);
    return known?.title ?? method;
  }

  private subjectName(): string {
    const { merges } = outlineOf(this.state.document.text);
    const names = merges.map((merge) => text(merge['name']));
    return this.chosen !== null && names.includes(this.chosen) ? this.chosen : (names[0] ?? '');
  }

  private results(domains: readonly string[], stages: readonly string[]): TemplateResult {
    const { rows } = this.state.run;
    const contexts = mergeContexts(rows);
    const shown = this.metricShown();
    const { unit, digits } = metricFacts(shown.metric);
    const merges = outlineOf(this.state.document.text).merges;
    const entry = merges.find((merge) => text(merge['name']) === this.subjectName());
    const subject = entry === undefined ? null : subjectOf(entry, domains, stages);
    const seed = seedsOf(this.state.run)[0];
    return html`<section class="card" aria-labelledby="compare">
      <header>
        <h2 id="compare">Next to its parents and the baselines</h2>
        ${metricSelect(metricsOf(rows), shown, (id) => {
          this.metric = id;
        })}
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
                  ></mm-dot-table>
                  ${this.differences(context, shown, seed)}`;
              })}
            </div>`
      }
    </section>`;
  }

  private metricShown(): MetricAt {
    const { paradigm } = outlineOf(this.state.document.text);
    return shownMetric(this.state.run.rows, this.metric, paradigm);
  }

  /** The same against the reference, where one is chosen: on the same users, with paired errors. */
  private differences(context: string, shown: MetricAt, seed: number | undefined) {
    const { reference, differences } = comparedOf(this.state);
    const dots = differenceDots(differences, context, shown, seed);
    if (reference === null || dots.length === 0) return nothing;
    return html`<mm-dot-table
      .caption=${`${metricTitle(shown)} − that of ${reference}, paired by user, on ${context}`}
      .unit=${'Difference'}
      .digits=${metricFacts(shown.metric).digits}
      .start=${differenceStart(dots)}
      .zero=${true}
      .dots=${dots}
    ></mm-dot-table>`;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

define('mm-merge-view', MmMergeView);
