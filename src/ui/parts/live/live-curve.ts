import { LitElement, nothing } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html, svg } from '../../../charts/html.ts';
import { roundedPlace, type LiveAxis } from '../../document/live-axes.ts';
import { rangeOf, ticksOf, type LiveLine, type LiveMetric } from '../../figures/live-scene.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { colorOf, liveColors } from './live-colors.ts';
import { liveCurveStyles } from './live-curve-styles.ts';
import { LiveMoveEvent } from './live-move.ts';

/** Steps of the slider: the fine points of the curve. */
const STEPS = 100;

/**
 * The domains along one number of the merge: curves as far as they are measured, a dot on each, the
 * slider below them on the same scale. Places are percents of the picture, so that it has no size of its
 * own and nothing moves when it is drawn.
 */
export class MmLiveCurve extends LitElement {
  static override readonly properties = {
    axis: { attribute: false },
    lines: { attribute: false },
    metric: { attribute: false },
    small: { type: Boolean, reflect: true },
    stale: { type: Boolean, reflect: true },
  };
  static override readonly styles = [sharedStyles, liveColors, liveCurveStyles];

  declare axis: LiveAxis | null;
  declare lines: readonly LiveLine[];
  declare metric: LiveMetric;
  /** Under a slider beside others: without scale and names. */
  declare small: boolean;
  /** The dots wait for the answer of where the slider stands. */
  declare stale: boolean;

  constructor() {
    super();
    this.axis = null;
    this.lines = [];
    this.metric = 'loss';
    this.small = false;
    this.stale = false;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { axis, lines, small } = this;
    if (axis === null) return nothing;
    const [low, high] = rangeOf(lines, this.metric);
    const y = (value: number) => 100 - (100 * (value - low)) / (high - low);
    return html`<div class="plot">
        <svg role="img" aria-label=${this.told(axis)}>
          ${small ? nothing : ticksOf([low, high]).map((tick) => tickLine(tick, y(tick)))}
          ${this.stretched(axis, y)} ${lines.map((line, at) => this.marks(axis, line, at, y))}
        </svg>
      </div>
      ${this.slider(axis)}`;
  }

  private slider(axis: LiveAxis): TemplateResult {
    const { title, min, max, value, ends } = axis;
    const step = (max - min) / STEPS;
    const move = (event: Event): void => {
      const { target } = event;
      if (!(target instanceof HTMLInputElement) || !Number.isFinite(target.valueAsNumber)) return;
      const at = [roundedPlace(target.valueAsNumber)];
      const phase = event.type === 'change' ? 'release' : 'drag';
      this.dispatchEvent(new LiveMoveEvent({ axis: axis.id, at, phase }));
    };
    const shown = value === null ? '' : String(value);
    return html`<input
        class="slider"
        type="range"
        min=${min}
        max=${max}
        step=${step}
        .value=${shown}
        aria-label="${title}, live"
        aria-valuetext=${this.told(axis)}
        @input=${move}
        @change=${move}
      />
      <div class="ends">
        <span>${this.small ? title : ends[0]}</span>
        <input
          type="number"
          step="any"
          min=${min}
          max=${max}
          .value=${shown}
          aria-label="${title}, as a number"
          @change=${move}
        />
        <span>${this.small ? '' : ends[1]}</span>
      </div>`;
  }

  /** Everything that may be stretched: in a square of 100 that the plot is. */
  private stretched(axis: LiveAxis, y: (value: number) => number): SVGTemplateResult {
    const place = (x: number, value: number) =>
      `${this.x(axis, x).toFixed(2)},${y(value).toFixed(2)}`;
    const here = axis.value === null ? null : `${this.x(axis, axis.value).toFixed(2)}%`;
    return svg`
      <svg x="0" y="0" width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">
        ${this.lines.map(({ points, before, own }, at) => {
          const top = points.map(({ x, value, half }) => place(x, value + half));
          const bottom = points.map(({ x, value, half }) => place(x, value - half));
          return svg`<g class=${colorOf(at)}>
            <polygon class="band" points=${[...top, ...bottom.reverse()].join(' ')} />
            ${
              before.length === 0
                ? nothing
                : svg`<polyline class="curve before" points=${before.map(({ x, value }) => place(x, value)).join(' ')} />`
            }
            <polyline class="curve dash-${at % 3}" points=${points.map(({ x, value }) => place(x, value)).join(' ')} />
            ${Number.isFinite(own) ? svg`<line class="parent" x1="0" x2="100" y1=${y(own)} y2=${y(own)} />` : nothing}
          </g>`;
        })}
      </svg>
      ${here === null ? nothing : svg`<line class="here" x1=${here} x2=${here} y1="0" y2="100%" />`}`;
  }

  private marks(axis: LiveAxis, line: LiveLine, at: number, y: (value: number) => number) {
    const { domain, own, ownAt, here, ghost } = line;
    const spot = ({ x, value }: { x: number; value: number }) =>
      ({ cx: `${this.x(axis, x).toFixed(2)}%`, cy: `${y(value).toFixed(2)}%` }) as const;
    const owned = ownAt === null || !Number.isFinite(own) ? null : spot({ x: ownAt, value: own });
    const [past, now] = [ghost && spot(ghost), here && spot(here)];
    const isRight = here !== null && this.x(axis, here.x) > 62;
    // The number of the better one goes above, that of the other below.
    const isUpper = this.lines.every(
      (other) => other === line || (other.here?.value ?? -Infinity) <= (here?.value ?? 0),
    );
    const atRight = owned !== null && (ownAt ?? 0) > (axis.min + axis.max) / 2;
    return svg`<g class=${colorOf(at)}>
      ${owned === null ? nothing : svg`<circle class="own" cx=${owned.cx} cy=${owned.cy} r=${this.small ? 3.5 : 6} />`}
      ${
        owned === null || this.small
          ? nothing
          : svg`<text class="name" x=${owned.cx} y=${owned.cy} dx=${atRight ? 4 : -4} dy=${this.metric === 'loss' ? 20 : -12}
            text-anchor=${atRight ? 'end' : 'start'}>${domain}’ own ${own.toFixed(this.metric === 'loss' ? 2 : 1)}</text>`
      }
      ${past === null ? nothing : svg`<circle class="ghost" cx=${past.cx} cy=${past.cy} r=${this.small ? 4 : 6} />`}
      ${now === null ? nothing : svg`<circle class="dot" cx=${now.cx} cy=${now.cy} r=${this.small ? 5 : 8} />`}
      ${
        now === null || here === null || this.small
          ? nothing
          : svg`<text class="value" x=${now.cx} y=${now.cy} dx=${isRight ? -12 : 12} dy=${isUpper ? -8 : 18}
            text-anchor=${isRight ? 'end' : 'start'}>${here.value.toFixed(this.metric === 'loss' ? 2 : 1)}</text>`
      }
    </g>`;
  }

  private x({ min, max }: LiveAxis, value: number): number {
    return (100 * (value - min)) / (max - min);
  }

  /** The picture in words: where the dots are, and how much of it is measured. */
  private told({ title, value }: LiveAxis): string {
    const measured = String(this.lines[0]?.points.length ?? 0);
    const at = value === null ? 'a number a model' : String(value);
    const parts = this.lines.map(({ domain, here, own }) => {
      const now = here === null ? 'not measured yet' : here.value.toFixed(2);
      return `${domain} ${now}, own model ${own.toFixed(2)}`;
    });
    return `${title}: ${at}. ${parts.join('; ')}. ${measured} places measured.`;
  }
}

function tickLine(value: number, at: number): SVGTemplateResult {
  return svg`<line class="line" x1="0" x2="100%" y1="${at.toFixed(2)}%" y2="${at.toFixed(2)}%" />
    <text x="-8" y="${at.toFixed(2)}%" dy="4" text-anchor="end">${value}</text>`;
}

define('mm-live-curve', MmLiveCurve);
