import { LitElement, nothing } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html, svg } from '../../../charts/html.ts';
import { sharesText, type SceneCurve } from '../../figures/start-scene.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { startColors } from './start-colors.ts';
import { startCurveStyles } from './start-curve-styles.ts';

/** The slider moved: place in the list of shares, and whether the hand let go. */
export class ShareEvent extends CustomEvent<{ readonly share: number; readonly isEnd: boolean }> {
  static readonly type = 'mm-share';

  constructor(share: number, isEnd: boolean) {
    super(ShareEvent.type, { detail: { share, isEnd } });
  }
}

/** Percent of Recall between two lines of the picture. */
const LINE = 10;

/**
 * Both shops over the share of the second model: curves with their intervals, a dot on each, the
 * slider below them on the same scale. Places are percents of the picture, so that it has no size of
 * its own and nothing moves when it is drawn.
 */
export class MmStartCurve extends LitElement {
  static override readonly properties = {
    curves: { attribute: false },
    shadow: { attribute: false },
    shares: { attribute: false },
    share: { attribute: false },
    ghost: { attribute: false },
    top: { attribute: false },
  };
  static override readonly styles = [sharedStyles, startColors, startCurveStyles];

  declare curves: readonly SceneCurve[];
  /** As they were with the method before; empty: nothing to compare with. */
  declare shadow: readonly SceneCurve[];
  declare shares: readonly number[];
  declare share: number;
  /** Where the dots were before they moved; null: they did not. */
  declare ghost: number | null;
  /** Of the axis. */
  declare top: number;

  constructor() {
    super();
    this.curves = [];
    this.shadow = [];
    this.shares = [0, 1];
    this.share = 0;
    this.ghost = null;
    this.top = 50;
  }

  protected override render(): TemplateResult {
    const { curves, shares, share } = this;
    const [first = '', second = ''] = curves.map(({ shop }) => shop);
    const at = sharesText(shares[share] ?? 0);
    return html`<div class="plot">
        <svg role="img" aria-label=${this.told()}>
          ${this.axis()} ${this.lines()} ${curves.map((curve, shop) => this.marks(curve, shop))}
        </svg>
      </div>
      <div class="slider">
        <input
          type="range"
          min="0"
          max=${shares.length - 1}
          step="1"
          .value=${String(share)}
          aria-label="Share of each model, ${first} : ${second}"
          aria-valuetext=${`${at} ${first} : ${second}`}
          @input=${this.onMove}
          @change=${this.onMove}
        />
      </div>
      <div class="ends">
        <span class="first">all ${first}</span>
        <output aria-hidden="true">${at}</output>
        <span class="second">all ${second}</span>
      </div>`;
  }

  private axis(): SVGTemplateResult[] {
    return Array.from({ length: Math.floor(this.top / LINE) + 1 }, (_, index) => {
      const value = index * LINE;
      return svg`<line class="line" x1="0" x2="100%" y1=${this.y(value)} y2=${this.y(value)} />
        <text x="-8" y=${this.y(value)} dy="4" text-anchor="end">${value}${index === 0 ? '' : ' %'}</text>`;
    });
  }

  /** Everything that may be stretched: in a square of 100 that the plot is. */
  private lines(): SVGTemplateResult {
    const x = this.x(this.share);
    return svg`
      <svg x="0" y="0" width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none">
        ${this.curves.map(({ points }, shop) => {
          const high = points.map(({ value, half }, at) => this.place(at, value + half));
          const low = points.map(({ value, half }, at) => this.place(at, value - half));
          const shadow = this.shadow[shop]?.points ?? [];
          return svg`<g class=${classOf(shop)}>
            <polygon class="band" points=${[...high, ...low.reverse()].join(' ')} />
            ${
              shadow.length === 0
                ? nothing
                : svg`<polyline class="curve shadow" points=${this.path(shadow)} />`
            }
            <polyline class="curve" points=${this.path(points)} />
          </g>`;
        })}
      </svg>
      <line class="here" x1=${x} x2=${x} y1="0" y2="100%" />`;
  }

  private marks({ points, own, counting, shop }: SceneCurve, index: number): SVGTemplateResult {
    const isFirst = index === 0;
    const [here, ghost] = [points[this.share], points[this.ghost ?? -1]];
    const other = this.curves[1 - index]?.points[this.share];
    const isAbove =
      (here?.value ?? 0) > (other?.value ?? 0) || (here?.value === other?.value && isFirst);
    // The dot's own number would be written over the name.
    const isNear = Math.abs((this.shares[this.share] ?? 0) - index) < 0.4;
    // Beside the dots, on the side with more room.
    const isLeft = this.share > (this.shares.length - 1) * 0.6;
    return svg`<g class=${classOf(index)}>
      <line class="counting" x1=${isFirst ? '0' : '55%'} x2=${isFirst ? '45%' : '100%'}
        y1=${this.y(counting)} y2=${this.y(counting)} />
      <circle class="own" cx=${isFirst ? '0' : '100%'} cy=${this.y(own)} r="6" />
      <text class=${isNear ? 'name near' : 'name'} x=${isFirst ? '0' : '100%'} y=${this.y(own)} dx=${isFirst ? -4 : 4} dy="-13"
        text-anchor=${isFirst ? 'start' : 'end'}>${shop}’ own<tspan class="wide"> model</tspan> ${own.toFixed(1)}</text>
      ${
        ghost === undefined
          ? nothing
          : svg`<circle class="ghost" cx=${this.x(this.ghost ?? 0)} cy=${this.y(ghost.value)} r="6" />`
      }
      ${
        here === undefined
          ? nothing
          : svg`<circle class="dot" cx=${this.x(this.share)} cy=${this.y(here.value)} r="8" />
            <text class="value" x=${this.x(this.share)} y=${this.y(here.value)}
              dx=${isLeft ? -12 : 12} dy=${isAbove ? -8 : 18}
              text-anchor=${isLeft ? 'end' : 'start'}>${here.value.toFixed(1)}</text>`
      }
    </g>`;
  }

  private readonly onMove = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    this.dispatchEvent(new ShareEvent(Number(event.target.value), event.type === 'change'));
  };

  private path(points: SceneCurve['points']): string {
    return points.map(({ value }, at) => this.place(at, value)).join(' ');
  }

  private place(at: number, value: number): string {
    return `${(100 * (this.shares[at] ?? 0)).toFixed(2)},${(100 - (100 * value) / this.top).toFixed(2)}`;
  }

  private x(at: number): string {
    return `${(100 * (this.shares[at] ?? 0)).toFixed(2)}%`;
  }

  private y(value: number): string {
    return `${(100 - (100 * value) / this.top).toFixed(2)}%`;
  }

  /** The picture in words: its ends and where the dots are. */
  private told(): string {
    const parts = this.curves.map(({ shop, points, own, counting }) => {
      const at = (place: number) => (points.at(place)?.value ?? NaN).toFixed(1);
      return `${shop}: ${at(0)} at the left, ${at(this.share)} here, ${at(-1)} at the right, own model ${own.toFixed(1)}, counting pairs ${counting.toFixed(1)}`;
    });
    return `Recall@10 in percent over the share of the models. ${parts.join('. ')}.`;
  }
}

function classOf(shop: number): string {
  return shop === 0 ? 'first' : 'second';
}

define('mm-start-curve', MmStartCurve);
