import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html, svg } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { define } from './define.ts';

/** One trial as the chart needs it; values in percent. */
export interface SearchPoint {
  /** Mean of the objective where it is chosen. */
  readonly score: number;
  /** The same on the other window; null where it was not measured. */
  readonly other: number | null;
  /** One value a domain where it is chosen. */
  readonly byDomain: readonly number[];
  /** Of one varied number, else the trial's number. */
  readonly x: number;
  /** "alpha −0.25" */
  readonly label: string;
  readonly isOnFront: boolean;
}

/** The place of the trial that was clicked. */
export class TrialEvent extends CustomEvent<number> {}

const WIDTH = 560;
const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 30;
const TOP = 10;

/** Trials of a search: score by trial or by the varied number, and domain against domain. */
export class MmSearchChart extends LitElement {
  static override readonly properties = {
    points: { attribute: false },
    best: { type: Number },
    unit: { attribute: false },
    axis: { attribute: false },
    windows: { attribute: false },
    domains: { attribute: false },
  };
  static override readonly styles = [
    chartStyles,
    css`
      svg {
        width: 100%;
        height: auto;
        max-width: ${WIDTH}px;
      }
      .grid {
        stroke: var(--mm-border);
      }
      text {
        font-size: 11px;
        fill: var(--mm-muted);
      }
      .chosen {
        fill: var(--mm-series-1);
      }
      .other {
        fill: none;
        stroke: var(--mm-series-6);
      }
      .best {
        fill: var(--mm-series-2);
      }
      .so-far,
      .front {
        fill: none;
        stroke: var(--mm-series-2);
        stroke-width: 1.5;
      }
      .hit {
        cursor: pointer;
      }
      .hit:focus-visible {
        outline: 2px solid var(--mm-accent);
      }
      figure {
        margin: 0;
      }
      .two {
        display: flex;
        flex-wrap: wrap;
        gap: 12px;
      }
      .two > * {
        flex: 1 1 300px;
        min-width: 0;
      }
    `,
  ];

  declare points: readonly SearchPoint[];
  declare best: number;
  /** "Recall@10" */
  declare unit: string;
  /** Name of the varied number, or "trial". */
  declare axis: string;
  /** Where it is chosen, and the other window. */
  declare windows: readonly [string, string];
  declare domains: readonly string[];

  constructor() {
    super();
    this.points = [];
    this.best = -1;
    this.unit = '';
    this.axis = 'trial';
    this.windows = ['validation', 'test'];
    this.domains = [];
  }

  protected override render(): TemplateResult {
    const { points } = this;
    if (points.length === 0) return html`<p class="muted">No trial yet.</p>`;
    const isPlane = this.domains.length >= 2 && points.some(({ isOnFront }) => isOnFront);
    return html`<div class="two">
      <figure>${this.scores()}</figure>
      ${isPlane ? html`<figure>${this.plane()}</figure>` : nothing}
    </div>`;
  }

  private scores(): TemplateResult {
    const { points, unit, axis, windows } = this;
    const values = points.flatMap(({ score, other }) =>
      other === null ? [score] : [score, other],
    );
    const x = scale(
      points.map((point) => point.x),
      LEFT,
      WIDTH - 10,
    );
    const y = scale(values, HEIGHT - BOTTOM, TOP);
    const isTrials = axis === 'trial';
    let so = -Infinity;
    const steps = points.map((point) => {
      so = Math.max(so, point.score);
      return `${x.at(point.x)},${y.at(so)}`;
    });
    const best = points[this.best];
    const summary = `${unit} of ${String(points.length)} trials by ${axis}; best ${best === undefined ? 'none' : `${best.score.toFixed(2)} at ${best.label}`}.`;
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label=${summary}>
        ${axes(x, y, axis, unit)}
        ${isTrials ? svg`<polyline class="so-far" points=${steps.join(' ')}></polyline>` : nothing}
        ${points.map((point) =>
          point.other === null
            ? nothing
            : svg`<circle class="other" cx=${x.at(point.x)} cy=${y.at(point.other)} r="2.5"></circle>`,
        )}
        ${points.map((point, index) => this.mark(point, index, x.at(point.x), y.at(point.score)))}
      </svg>
      <figcaption class="muted small">
        ${unit}, percent: filled ${windows[0]} (where the best is chosen), rings
        ${windows[1]}${isTrials ? ', line: best so far' : ''}. A point opens its merge in the form.
      </figcaption>`;
  }

  /** First domain against the second. */
  private plane(): TemplateResult {
    const { points, domains, unit } = this;
    const x = scale(
      points.map(({ byDomain }) => byDomain[0] ?? 0),
      LEFT,
      WIDTH - 10,
    );
    const y = scale(
      points.map(({ byDomain }) => byDomain[1] ?? 0),
      HEIGHT - BOTTOM,
      TOP,
    );
    const front = points
      .filter(({ isOnFront }) => isOnFront)
      .toSorted((a, b) => (a.byDomain[0] ?? 0) - (b.byDomain[0] ?? 0))
      .map(({ byDomain }) => `${x.at(byDomain[0] ?? 0)},${y.at(byDomain[1] ?? 0)}`);
    const [first = '', second = ''] = domains;
    return html`<svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        role="group"
        aria-label="${unit} on ${first} against ${second}; ${front.length} trials on the front."
      >
        ${axes(x, y, first, second)}
        ${svg`<polyline class="front" points=${front.join(' ')}></polyline>`}
        ${points.map((point, index) =>
          this.mark(point, index, x.at(point.byDomain[0] ?? 0), y.at(point.byDomain[1] ?? 0)),
        )}
      </svg>
      <figcaption class="muted small">
        ${unit} on ${first} and ${second}; the line joins what no other merge beats on all domains.
      </figcaption>`;
  }

  private mark(point: SearchPoint, index: number, x: string, y: string): TemplateResult {
    const choose = (): void => {
      this.dispatchEvent(new TrialEvent('trial', { detail: index }));
    };
    const isBest = index === this.best;
    return svg`<circle
      class="hit ${isBest ? 'best' : 'chosen'}"
      cx=${x} cy=${y} r=${isBest ? 5 : 3.2}
      role="button" tabindex=${isBest ? 0 : -1}
      aria-label="Open trial ${index + 1}: ${point.label}, ${point.score.toFixed(2)}"
      @click=${choose}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Enter' || event.key === ' ') choose();
      }}
    ><title>${point.label}: ${point.score.toFixed(2)}</title></circle>`;
  }
}

interface Scale {
  readonly low: number;
  readonly high: number;
  at(value: number): string;
}

function scale(values: readonly number[], from: number, to: number): Scale {
  const least = Math.min(...values);
  const most = Math.max(...values);
  // Equal values stand in the middle of an axis whose ends differ.
  const around = least === most ? 1 : 0;
  const low = least - around;
  const high = most + around;
  return {
    low,
    high,
    at: (value) => (from + ((value - low) / (high - low)) * (to - from)).toFixed(1),
  };
}

function axes(x: Scale, y: Scale, xName: string, yName: string): TemplateResult {
  const bottom = HEIGHT - BOTTOM;
  return svg`<line class="grid" x1=${LEFT} x2=${WIDTH - 10} y1=${bottom} y2=${bottom}></line>
    <line class="grid" x1=${LEFT} x2=${LEFT} y1=${TOP} y2=${bottom}></line>
    <text x=${LEFT} y=${bottom + 14}>${short(x.low)}</text>
    <text x=${WIDTH - 10} y=${bottom + 14} text-anchor="end">${short(x.high)}</text>
    <text x=${(LEFT + WIDTH) / 2} y=${HEIGHT - 4} text-anchor="middle">${xName}</text>
    <text x=${LEFT - 4} y=${bottom} text-anchor="end">${short(y.low)}</text>
    <text x=${LEFT - 4} y=${TOP + 8} text-anchor="end">${short(y.high)}</text>
    <text transform="translate(11 ${String((TOP + bottom) / 2)}) rotate(-90)" text-anchor="middle">${yName}</text>`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

define('mm-search-chart', MmSearchChart);
