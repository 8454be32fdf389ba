import { css, LitElement, nothing, type TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import '../../charts/curve.ts';
import type { CurveSeries } from '../../charts/curve-data.ts';
import { define } from '../../charts/define.ts';
import { send } from '../state/events.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import { outlineOf } from '../document/document-outline.ts';
import { metricFacts, type MetricAt } from '../../lab/results/result-metrics.ts';
import { metricId, metricsOf, metricTitle } from '../state/metric-choice.ts';
import { icon } from '../style/icons.ts';
import '../parts/grid/model-inspector.ts';
import { closenessCurve } from '../parts/grid/closeness-curve.ts';
import '../parts/grid/cross-card.ts';
import '../parts/document-editor.ts';
import type { EditorPreset } from '../parts/document-editor.ts';
import '../parts/grid/grid-hero.ts';
import '../parts/grid/grid-table.ts';
import type { CellEvent } from '../parts/grid/grid-table.ts';
import { curvesOfRun } from '../figures/learning-curves.ts';
import '../parts/learning-curves.ts';
import {
  allCells,
  cellName,
  focusedCell,
  gridOf,
  sameCell,
  seedsOf,
  usualMetric,
  type GridCell,
  type GridModel,
} from '../state/selectors.ts';
import { labelledSelect, namedOptions } from '../parts/form-fields.ts';
import { metricSelect } from '../parts/metric-select.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState, CellKey } from '../state/state.ts';

/** Start view: run the experiment, watch cells train, compare them across contexts. */
export class MmGridView extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    presets: { attribute: false },
    seed: { state: true },
    metric: { state: true },
    editing: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      .layout {
        display: grid;
        grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr) 270px;
        gap: var(--mm-gap);
        align-items: start;
      }
      details > summary {
        cursor: pointer;
        padding: 4px 0;
        font-weight: 550;
      }
      .yaml {
        margin-top: var(--mm-gap);
      }
      /* Below, the inspector is the page's drawer. */
      @media (max-width: 1199px) {
        .layout {
          grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr);
        }
        .beside {
          display: none;
        }
      }
      @media (max-width: 900px) {
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
  /** Whether the document's text is open. */
  declare private editing: boolean;
  private inspected: AppState['document']['inspection'] = null;

  constructor() {
    super();
    this.presets = [];
    this.seed = null;
    this.metric = null;
    this.editing = false;
  }

  /** A fault shows where it stands; when it is mended the text stays open. */
  protected override willUpdate(): void {
    const { inspection } = this.state.document;
    if (inspection !== this.inspected && inspection?.ok === false) this.editing = true;
    this.inspected = inspection;
  }

  protected override render(): TemplateResult {
    const usual = usualMetric(this.state);
    const metric = metricsOf(this.state.run.rows).find((one) => metricId(one) === this.metric);
    const grid = gridOf(this.state, this.seed ?? undefined, metric ?? usual);
    const focused = focusedCell(this.state, grid);
    return html`
      <mm-grid-hero .state=${this.state} .grid=${grid} .presets=${this.presets}></mm-grid-hero>
      <div class="layout">
        <div class="stack">
          ${this.gridCard(grid, focused)} ${this.overfittingCard()} ${this.curveCard(grid, focused)}
        </div>
        <mm-cross-card .state=${this.state} .grid=${grid} .seed=${this.seed}></mm-cross-card>
        <section class="card beside" aria-labelledby="inspector">
          <header><h2 id="inspector">Inspector</h2></header>
          <mm-inspector
            .state=${this.state}
            .job=${this.state.run.jobs[this.state.inspected ?? ''] ?? focused.job}
          ></mm-inspector>
        </section>
      </div>
      <details
        class="card yaml"
        ?open=${this.editing}
        @toggle=${(event: Event) => {
          if (event.target instanceof HTMLDetailsElement) this.editing = event.target.open;
        }}
      >
        <summary>Edit as YAML</summary>
        <mm-document .state=${this.state} .presets=${this.presets}></mm-document>
      </details>
    `;
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
                this.open(grid, event.detail);
              }}
            ></mm-grid-table>`
      }
    </section>`;
  }

  private open(grid: GridModel, key: CellKey): void {
    send(this, { type: 'select', cell: key });
    const job = allCells(grid).find((cell) => sameCell(cell.key, key))?.job ?? null;
    send(this, { type: 'inspect', id: job?.summary.id ?? null });
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
}

define('mm-grid-view', MmGridView);
