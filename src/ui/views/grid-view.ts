import { css, LitElement, nothing, type TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import '../../charts/curve.ts';
import '../../charts/matrix.ts';
import type { CurveSeries } from '../../charts/curve-data.ts';
import { define } from '../../charts/define.ts';
import { crossMatrix } from '../figures/cross-matrix.ts';
import { send } from '../state/events.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import { outlineOf } from '../document/document-outline.ts';
import { metricFacts, type MetricAt } from '../../lab/results/result-metrics.ts';
import { formatCount } from '../text/format.ts';
import { metricId, metricsOf, metricTitle } from '../state/metric-choice.ts';
import { icon } from '../style/icons.ts';
import '../parts/cell-inspector.ts';
import { closenessCurve } from '../parts/closeness-curve.ts';
import '../parts/document-editor.ts';
import type { EditorPreset } from '../parts/document-editor.ts';
import '../parts/grid-table.ts';
import type { CellEvent } from '../parts/grid-table.ts';
import { curvesOfRun } from '../figures/learning-curves.ts';
import '../parts/learning-curves.ts';
import {
  canRun,
  cellName,
  focusedCell,
  gridOf,
  progressOf,
  seedsOf,
  usualMetric,
  type GridCell,
  type GridModel,
} from '../state/selectors.ts';
import { labelledSelect, namedOptions } from '../parts/form-fields.ts';
import { metricSelect } from '../parts/metric-select.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { isBusy, type AppState } from '../state/state.ts';

/** Start view: run the experiment, watch cells train, compare them across contexts. */
export class MmGridView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    presets: { attribute: false },
    seed: { state: true },
    metric: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .layout {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(300px, 380px);
        gap: var(--mm-gap);
        align-items: start;
      }
      .hero {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 24px;
        align-items: center;
        justify-content: space-between;
        margin-bottom: var(--mm-gap);
      }
      .hero p {
        color: var(--mm-muted);
        margin-top: 3px;
        max-width: 72ch;
      }
      @media (max-width: 960px) {
        .layout {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  declare state: AppState;
  declare presets: readonly EditorPreset[];
  declare private seed: number | null;
  /** null: the usual one. */
  declare private metric: string | null;

  constructor() {
    super();
    this.presets = [];
    this.seed = null;
    this.metric = null;
  }

  protected override render(): TemplateResult {
    const usual = usualMetric(this.state);
    const metric = metricsOf(this.state.run.rows).find((one) => metricId(one) === this.metric);
    const grid = gridOf(this.state, this.seed ?? undefined, metric ?? usual);
    const focused = focusedCell(this.state, grid);
    return html`
      ${this.hero(grid)}
      <div class="layout">
        <div class="stack">
          ${this.gridCard(grid, focused)} ${this.overfittingCard()} ${this.curveCard(grid, focused)}
          ${this.crossCard(grid)}
        </div>
        <div class="stack">
          <section class="card" aria-labelledby="inspector">
            <header><h2 id="inspector">Inspector</h2></header>
            <mm-inspector .state=${this.state} .cell=${focused}></mm-inspector>
          </section>
          <section class="card" aria-labelledby="document">
            <header><h2 id="document">Experiment</h2></header>
            <mm-document .state=${this.state} .presets=${this.presets}></mm-document>
          </section>
        </div>
      </div>
    `;
  }

  private hero(grid: GridModel): TemplateResult {
    const { document: doc, run } = this.state;
    const inspection = doc.inspection;
    const name = inspection?.ok === true ? inspection.name : 'Experiment';
    const { columns, base, run: work } = draftParadigm(outlineOf(doc.text).paradigm).labels;
    const isRandom = outlineOf(doc.text).start === 'none';
    const size =
      inspection?.ok === true
        ? `${counted(grid.domains.length, 'domain')} × ${String(grid.stages.length)} ${columns} and a shared ${isRandom ? 'random start' : base}; ` +
          `${formatCount(inspection.parameters)} parameters a model; ${String(inspection.jobs.length)} jobs.`
        : '';
    const merges = run.order.filter((id) => run.jobs[id]?.summary.model?.role === 'merge').length;
    return html`<div class="hero">
      <div>
        <h1>${name}</h1>
        <p>${size} ${work(merges)}, all in this tab.</p>
      </div>
      ${
        isBusy(run)
          ? html`<button
              class="large"
              ?disabled=${run.phase === 'stopping'}
              @click=${() => {
                send(this, { type: 'stop' });
              }}
            >
              ${icon('stop')} ${run.phase === 'stopping' ? 'Stopping at a safe point' : 'Stop'}
            </button>`
          : html`<button
              class="primary large"
              ?disabled=${!canRun(this.state)}
              @click=${() => {
                // What came with the page is made here: everything of it is on show already.
                send(this, { type: 'run', fresh: run.prebaked !== null });
              }}
            >
              ${icon('play')} ${this.runLabel()}
            </button>`
      }
    </div>`;
  }

  private runLabel(): string {
    const { run, document: doc } = this.state;
    const preset = this.presets.find(({ id }) => id === doc.preset)?.runLabel ?? 'Run';
    if (run.prebaked !== null) return preset;
    if (run.phase === 'stopped' || run.phase === 'failed') return 'Continue';
    const { finished, total } = progressOf(run);
    if (run.phase === 'recalled') return finished === total ? 'Run again' : 'Continue';
    if (run.phase === 'done') return 'Run again';
    return preset;
  }

  private gridCard(grid: GridModel, focused: GridCell): TemplateResult {
    const seeds = seedsOf(this.state.run);
    return html`<section class="card" aria-labelledby="grid">
      <header>
        <h2 id="grid">Grid</h2>
        ${
          seeds.length > 1
            ? labelledSelect('Seed', namedOptions(seeds.map(String)), String(this.seed), (seed) => {
                this.seed = Number(seed);
              })
            : nothing
        }
        ${this.metrics(grid.metric)}
      </header>
      ${
        grid.domains.length === 0
          ? html`<div class="empty">
              ${icon('empty')}
              <p>${this.emptyText()}</p>
            </div>`
          : html`<mm-grid-table
              .grid=${grid}
              .selected=${focused.key}
              @cell=${(event: CellEvent) => {
                send(this, { type: 'select', cell: event.detail });
              }}
            ></mm-grid-table>`
      }
    </section>`;
  }

  /** What the grid and the cross matrix show. */
  private metrics(shown: MetricAt): TemplateResult {
    const { unit, better } = metricFacts(shown.metric);
    const known = metricsOf(this.state.run.rows);
    const where = `on the own test window, ${unit === 'percent' ? '%' : unit}${better === 'lower' ? ' (less is better)' : ''}`;
    return known.length < 2
      ? html`<p>${metricTitle(shown)} ${where}</p>`
      : html`<span class="row">
          ${metricSelect(known, shown, (id) => {
            this.metric = id;
          })}
          <span class="muted small">${where}</span></span
        >`;
  }

  private emptyText(): string {
    const { document: doc, session } = this.state;
    if (doc.inspection?.ok === false) return 'No grid: the document has faults (see Experiment).';
    if (session.status === 'failed') return 'No grid: the engine is not running.';
    return 'The plan is being worked out.';
  }

  private curveCard(grid: GridModel, focused: GridCell): TemplateResult {
    const line = grid.rows.find((row) => row[0]?.key.domain === focused.key.domain) ?? [grid.base];
    const { scored } = draftParadigm(outlineOf(this.state.document.text).paradigm).labels;
    const drawn = line.filter((cell) => (cell.job?.curve.steps.length ?? 0) > 0);
    const series = drawn.map((cell): CurveSeries => ({
      label: cellName(cell.key),
      steps: cell.job?.curve.steps ?? [],
      values: cell.job?.curve.losses ?? [],
    }));
    return html`<section class="card" aria-labelledby="curve">
      <header>
        <h2 id="curve">Training loss</h2>
        <p>
          nats a scored ${scored}, ${focused.key.domain === '' ? 'base model' : focused.key.domain}
        </p>
      </header>
      <mm-curve
        .series=${series}
        .focused=${drawn.indexOf(focused)}
        .xLabel=${'optimizer step'}
        .yLabel=${'training loss'}
        .fileName=${`loss-${focused.key.domain === '' ? 'base' : focused.key.domain}`}
      ></mm-curve>
      ${closenessCurve(drawn, focused)}
    </section>`;
  }

  private overfittingCard(): TemplateResult | typeof nothing {
    const curves = curvesOfRun(this.state.run);
    if (curves.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="overfitting">
      <header>
        <h2 id="overfitting">Overfitting</h2>
        <p>train and test after every epoch, by transfer strategy</p>
      </header>
      <mm-learning-curves .curves=${curves}></mm-learning-curves>
    </section>`;
  }

  private crossCard(grid: GridModel): TemplateResult | typeof nothing {
    if (grid.domains.length === 0) return nothing;
    const seed = this.seed ?? seedsOf(this.state.run)[0];
    const { metric, k } = grid.metric;
    const { better, digits, unit } = metricFacts(metric);
    const matrix = crossMatrix(this.state.run.rows, metric, k, seed);
    return html`<section class="card" aria-labelledby="cross">
      <header>
        <h2 id="cross">Cross matrix</h2>
        <p>every model on every test context</p>
      </header>
      ${
        matrix.rows.length === 0
          ? html`<div class="empty">
              ${icon('empty')}
              <p>Filled when cells have been evaluated: rows are models, columns test contexts.</p>
            </div>`
          : html`<mm-matrix
              .columns=${matrix.columns}
              .rows=${matrix.rows}
              .corner=${'model'}
              .digits=${digits}
              .lowerIsBetter=${better === 'lower'}
              .caption=${`${metricTitle(grid.metric)} in ${unit} ± standard error`}
            ></mm-matrix>`
      }
    </section>`;
  }
}

/** "1 domain", "6 domains" */
function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

define('mm-grid-view', MmGridView);
