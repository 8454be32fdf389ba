import { css, LitElement, nothing } from 'lit';
import type { PropertyValues, SVGTemplateResult, TemplateResult } from 'lit';
import { html, svg } from './html.ts';
import {
  axisTicks,
  extentOf,
  logTicks,
  monthTicks,
  type AxisScale,
  type Ticks,
} from './axis-ticks.ts';
import { chartStyles } from './chart-styles.ts';
import { DASHES } from './curve-plot.ts';
import { define } from './define.ts';
import { markerPath } from './marker.ts';

export interface LineSeries {
  readonly label: string;
  readonly x: readonly number[];
  /** A line breaks where a value is not a number. */
  readonly y: readonly number[];
  /** Joined by a line, or marked one by one with their names. */
  readonly draw: 'line' | 'points';
  /** Names of the points. */
  readonly names?: readonly string[];
  /** Place among the colours; else the series' own place, which also chooses dashes. */
  readonly colour?: number;
  readonly stroke?: 'solid' | 'dashed';
  /** Marks the points by shape, see `markerPath`. */
  readonly marker?: number;
  /** Place of the point with a ring around it. */
  readonly ring?: number;
  /** Vertical lines from low to high at the points. */
  readonly spread?: readonly (readonly [number, number])[];
  /** Not in the legend: another series of the same colour says what it is. */
  readonly isUnlisted?: boolean;
}

/** The picture is as wide as its place within these, so that its text keeps its size. */
const WIDTHS = { least: 260, first: 640, most: 760 };
const HEIGHT = 300;
const EDGE = { left: 62, right: 16, top: 12, bottom: 46 };
const BOTTOM = HEIGHT - EDGE.bottom;
const SERIES_COLORS = 6;
const DASHED = '5 4';

/** Lines and points over two continuous axes, as SVG. Its table stands beside it, in the figure. */
export class MmLineChart extends LitElement {
  static override readonly properties = {
    series: { attribute: false },
    xLabel: { attribute: false },
    yLabel: { attribute: false },
    xScale: { attribute: false },
    summary: { attribute: false },
    width: { state: true },
  };
  static override readonly styles = [
    chartStyles,
    css`
      svg[role='img'] {
        max-width: 100%;
        height: auto;
        display: block;
      }
      text {
        fill: var(--mm-muted);
        font-size: 12px;
      }
      .grid {
        stroke: var(--mm-border);
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 16px;
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
        font-size: 0.93em;
      }
      ul svg {
        display: inline-block;
        width: 26px;
        height: 10px;
        margin-inline-end: 5px;
        overflow: visible;
      }
    `,
  ];

  series: readonly LineSeries[] = [];
  xLabel = '';
  yLabel = '';
  xScale: AxisScale = 'linear';
  summary = '';

  /** CSS pixels. */
  width = WIDTHS.first;

  private readonly resizer = new ResizeObserver(([entry]) => {
    const width = Math.round(entry?.contentRect.width ?? 0);
    if (width === 0) return;
    // In the next frame: a size that changes while sizes are observed is an error of the page.
    requestAnimationFrame(() => {
      this.width = Math.min(WIDTHS.most, Math.max(WIDTHS.least, width));
    });
  });
  private xs: Ticks = axisTicks([0, 1]);
  private ys: Ticks = axisTicks([0, 1]);

  override connectedCallback(): void {
    super.connectedCallback();
    this.resizer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizer.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('series') && !changed.has('xScale')) return;
    const x = this.series.flatMap((one) => one.x);
    const y = this.series.flatMap((one) => [...one.y, ...(one.spread ?? []).flat()]);
    this.xs = ticksOf(x, this.xScale);
    this.ys = axisTicks(extentOf(y));
  }

  protected override render(): TemplateResult {
    return html`
      <svg
        viewBox="0 0 ${this.width} ${HEIGHT}"
        width=${this.width}
        height=${HEIGHT}
        role="img"
        aria-label=${this.summary}
      >
        ${this.axes()} ${this.series.map((one, index) => this.draw(one, index))}
      </svg>
      <ul>
        ${this.series.map((one, index) =>
          one.isUnlisted === true
            ? nothing
            : html`<li>
                <svg viewBox="0 0 26 10" aria-hidden="true">${keyOf(one, index)}</svg>${one.label}
              </li>`,
        )}
      </ul>
    `;
  }

  private axes(): SVGTemplateResult {
    const { xs, ys } = this;
    const right = this.width - EDGE.right;
    return svg`
      ${ys.values.map((value) => {
        const y = this.placeY(value);
        return svg`<line class="grid" x1=${EDGE.left} x2=${right} y1=${y} y2=${y} />
          <text x=${EDGE.left - 6} y=${y + 4} text-anchor="end">${ys.text(value)}</text>`;
      })}
      ${xs.values.map((value) => {
        const x = this.placeX(value);
        return svg`<line class="grid" x1=${x} x2=${x} y1=${EDGE.top} y2=${BOTTOM} />
          <text x=${x} y=${BOTTOM + 16} text-anchor="middle">${xs.text(value)}</text>`;
      })}
      <text x=${(EDGE.left + right) / 2} y=${HEIGHT - 8} text-anchor="middle">${this.xLabel}</text>
      <text transform="translate(13 ${(EDGE.top + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${this.yLabel}</text>`;
  }

  private draw(series: LineSeries, index: number): SVGTemplateResult {
    const colour = colourOf(series, index);
    const points = series.x.flatMap((x, at) => {
      const place = { at, x: this.placeX(x), y: this.placeY(series.y[at] ?? NaN) };
      return Number.isFinite(place.x) && Number.isFinite(place.y) ? [place] : [];
    });
    const ring = points.find(({ at }) => at === series.ring);
    const path = points.map(
      ({ at, x, y }, k) =>
        `${k === 0 || points[k - 1]?.at !== at - 1 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`,
    );
    return svg`
      ${(series.spread ?? []).map(([low, high], at) => {
        const x = this.placeX(series.x[at] ?? NaN);
        return Number.isFinite(x + low + high)
          ? svg`<line class="spread" x1=${x} x2=${x} y1=${this.placeY(low)} y2=${this.placeY(high)}
              stroke=${colour} stroke-width="1.5" />`
          : nothing;
      })}
      ${
        series.draw === 'line'
          ? svg`<path class="line" d=${path.join('')} fill="none" stroke=${colour} stroke-width="2"
              stroke-dasharray=${dashOf(series, index)} />`
          : nothing
      }
      ${
        series.draw === 'points' || series.marker !== undefined
          ? points.map(({ at, x, y }) => this.mark(series, colour, at, x, y))
          : nothing
      }
      ${
        ring === undefined
          ? nothing
          : svg`<circle class="ring" cx=${ring.x} cy=${ring.y} r="8" fill="none" stroke=${colour} stroke-width="1.5" />`
      }`;
  }

  private mark(series: LineSeries, colour: string, at: number, x: number, y: number) {
    const name = series.names?.[at] ?? '';
    if (series.marker !== undefined) {
      return svg`<path class="mark" d=${markerPath(series.marker)} fill=${colour}
        transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"
        ><title>${name === '' ? series.label : name}</title></path>`;
    }
    return svg`<circle cx=${x} cy=${y} r="4.5" fill=${colour} />
      <text x=${x + 7} y=${y - 6}>${name}</text>`;
  }

  private placeX(value: number): number {
    return EDGE.left + this.xs.share(value) * (this.width - EDGE.left - EDGE.right);
  }

  private placeY(value: number): number {
    return BOTTOM - this.ys.share(value) * (BOTTOM - EDGE.top);
  }
}

function ticksOf(values: readonly number[], scale: AxisScale): Ticks {
  if (scale === 'log') return logTicks(values);
  return scale === 'months' ? monthTicks(extentOf(values)) : axisTicks(extentOf(values));
}

function keyOf(series: LineSeries, index: number): SVGTemplateResult {
  const colour = colourOf(series, index);
  return svg`${
    series.draw === 'points' && series.marker !== undefined
      ? nothing
      : svg`<path d="M0 5H26" fill="none" stroke-width="2.5" stroke=${colour}
          stroke-dasharray=${dashOf(series, index)} />`
  }${
    series.marker === undefined
      ? nothing
      : svg`<path d=${markerPath(series.marker)} fill=${colour} transform="translate(13 5)" />`
  }`;
}

function colourOf({ colour }: LineSeries, index: number): string {
  return `var(--mm-series-${String(((colour ?? index) % SERIES_COLORS) + 1)})`;
}

function dashOf({ stroke }: LineSeries, index: number): string {
  if (stroke !== undefined) return stroke === 'solid' ? '' : DASHED;
  return (DASHES[index % DASHES.length] ?? []).join(' ');
}

define('mm-line-chart', MmLineChart);
