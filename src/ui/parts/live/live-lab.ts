import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { MergeEntry } from '../../document/document-edit.ts';
import { axisKey, TRIANGLE, type LiveAxis, type LiveLayout } from '../../document/live-axes.ts';
import { fieldOf } from '../../figures/live-field.ts';
import { barsOf, linesOf, LIVE_METRICS, type LiveMetric } from '../../figures/live-scene.ts';
import { curveBefore, curveOf, NO_CURVES, type LiveCurves } from '../../state/live-curves.ts';
import { livePlace } from '../../state/live-place.ts';
import { NO_PROBE, type ProbeState } from '../../state/state.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import './live-bars.ts';
import './live-curve.ts';
import { liveLabStyles } from './live-lab-styles.ts';
import './live-triangle.ts';

/** Where a control stood before it was moved. */
export interface LiveGhost {
  readonly axis: string;
  readonly at: readonly number[];
}

/** The live lab: what is moved, and what it does, in one view. */
export class MmLiveLab extends LitElement {
  static override readonly properties = {
    live: { type: Boolean },
    busy: { type: Boolean },
    cells: { type: String },
    entry: { attribute: false },
    layout: { attribute: false },
    probe: { attribute: false },
    curves: { attribute: false },
    ghost: { attribute: false },
    metric: { state: true },
    domain: { state: true },
  };
  static override readonly styles = [sharedStyles, liveLabStyles];

  declare live: boolean;
  /** A run is on: probes wait. */
  declare busy: boolean;
  /** See `cellsKey`. */
  declare cells: string;
  /** The merge that the form stands for; null while it stands for none. */
  declare entry: MergeEntry | null;
  declare layout: LiveLayout;
  declare probe: ProbeState;
  declare curves: LiveCurves;
  declare ghost: LiveGhost | null;
  declare private metric: LiveMetric;
  /** Whose field the triangle is; null: the mean over domains. */
  declare private domain: string | null;

  constructor() {
    super();
    this.live = false;
    this.busy = false;
    this.cells = '';
    this.entry = null;
    this.layout = { main: null, more: [] };
    this.probe = NO_PROBE;
    this.curves = NO_CURVES;
    this.ghost = null;
    this.metric = 'loss';
    this.domain = null;
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h2 id="live">Live</h2>
        <label class="row"
          ><input
            type="checkbox"
            .checked=${this.live}
            @change=${(event: Event) => {
              const isOn = event.target instanceof HTMLInputElement && event.target.checked;
              this.dispatchEvent(new CustomEvent('live', { detail: isOn }));
            }}
          />
          Probe at every move</label
        >
        ${this.live ? this.metrics() : nothing} ${this.badge()}
      </header>
      ${this.live ? this.scene() : nothing}`;
  }

  private metrics(): TemplateResult {
    return html`<span class="switch" role="group" aria-label="What the curves show">
      ${LIVE_METRICS.map(
        ({ id, title }) =>
          html`<button
            class="quiet"
            aria-pressed=${this.metric === id}
            @click=${() => {
              this.metric = id;
            }}
          >
            ${title}
          </button>`,
      )}
    </span>`;
  }

  /** Of whom the numbers are, and how old they are. */
  private badge(): TemplateResult | typeof nothing {
    const { result, roundTripMs } = this.probe;
    const place = this.entry === null ? null : this.place(this.entry);
    const shown = place?.result ?? result;
    if (!this.live || shown === null) return nothing;
    const isStale = place === null || place.isStale;
    return html`<span class="badge" ?data-stale=${isStale}
      >probe · ${shown.places[0]?.users ?? 0} users of ${shown.split} ·
      ${isStale ? 'measuring …' : `${roundTripMs.toFixed(0)} ms`}</span
    >`;
  }

  private place(entry: MergeEntry) {
    return livePlace(entry, this.layout, this.cells, this.probe, this.curves);
  }

  private scene(): TemplateResult {
    const { entry, layout } = this;
    const { main, more } = layout;
    const place = entry === null ? null : this.place(entry);
    const result = place?.result ?? null;
    const isStale = place?.isStale ?? true;
    return html`${this.told()}
      <div class="scene">
        <div class="main">${main === null || entry === null ? nothing : this.main(entry)}</div>
        <div class="bars" ?data-stale=${isStale} aria-busy=${isStale}>
          ${LIVE_METRICS.map(({ id, title, better }) => {
            const shownTitle = id === 'recall1' ? 'First hit, users' : `${title}, nats`;
            return html`<mm-live-bars
              .title=${shownTitle}
              .better=${better}
              .bars=${result === null ? [] : barsOf(result, id)}
            ></mm-live-bars>`;
          })}
        </div>
      </div>
      ${
        more.length === 0 || entry === null
          ? nothing
          : html`<div class="more">${more.map((axis) => this.curve(entry, axis, true))}</div>`
      }
      <p class="small muted">
        Bars: the merge, and each domain’s own model on the same users, with 95 % intervals. A probe
        of few users is a direction; a pause evaluates fully, below.
      </p>`;
  }

  private main(entry: MergeEntry): TemplateResult {
    const { main } = this.layout;
    if (main === null) return html``;
    if (main.id !== TRIANGLE) return this.curve(entry, main as LiveAxis, false);
    if (!('models' in main)) return html``;
    const { cells, curves, metric, ghost } = this;
    const curve = curveOf(curves, { cells, axis: TRIANGLE, key: axisKey(entry, TRIANGLE) });
    const known = this.probe.result?.places.map(({ domain }) => domain) ?? [];
    const unit = LIVE_METRICS.find(({ id }) => id === metric)?.title ?? '';
    const [a = 0, b = 0, c = 0] = ghost?.at ?? [];
    return html`<div class="row of">
        Colour:
        <select
          aria-label="Whose numbers the colours are"
          @change=${(event: Event) => {
            const chosen = event.target instanceof HTMLSelectElement ? event.target.value : '';
            this.domain = chosen === '' ? null : chosen;
          }}
        >
          <option value="">mean over domains</option>
          ${known.map((domain) => html`<option value=${domain}>${domain}</option>`)}
        </select>
      </div>
      <mm-live-triangle
        .triangle=${main}
        .field=${fieldOf(curve, metric, this.domain)}
        .ghost=${ghost?.axis === TRIANGLE ? [a, b, c] : null}
        .told=${`${unit}, ${this.domain ?? 'mean over domains'}`}
        .digits=${metric === 'loss' ? 2 : 1}
      ></mm-live-triangle>`;
  }

  private curve(entry: MergeEntry, axis: LiveAxis, isSmall: boolean): TemplateResult {
    const { cells, curves, metric, ghost } = this;
    const id = { cells, axis: axis.id, key: axisKey(entry, axis.id) };
    const place = this.place(entry);
    const curve = curveOf(curves, id);
    const here =
      place === null || axis.value === null ? null : { at: [axis.value], result: place.result };
    const past = ghost?.axis === axis.id ? ghost.at.join() : null;
    const lines = linesOf(axis, metric, {
      ...{ curve, here },
      before: isSmall ? null : curveBefore(curves, id),
      ghost: curve?.points.find(({ at }) => at.join() === past) ?? null,
    });
    return html`<mm-live-curve
      ?small=${isSmall}
      ?stale=${place?.isStale ?? true}
      .axis=${axis}
      .lines=${lines}
      .metric=${metric}
    ></mm-live-curve>`;
  }

  /** What keeps the numbers from coming. */
  private told(): TemplateResult | typeof nothing {
    const problem = this.probe.problem ?? this.curves.problem;
    if (problem !== null) {
      return html`<p class="bad small" role="status">${problem.message} ${problem.hint}</p>`;
    }
    if (this.busy) return html`<p class="muted small">A run is on; probes wait for its end.</p>`;
    return nothing;
  }
}

define('mm-live-lab', MmLiveLab);
