import { css, html, LitElement, svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { axisTicks, extentOf, type Ticks } from './axis-ticks.ts';
import { chartStyles } from './chart-styles.ts';
import { DASHES } from './curve-plot.ts';
import { define } from './define.ts';

export interface LineSeries {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Joined by a line, or marked one by one with their names. */
  readonly draw: 'line' | 'points';
  /** Names of the points. */
  readonly names?: readonly string[];
}

const WIDTH = 640;
const HEIGHT = 300;
const EDGE = { left: 62, right: 16, top: 12, bottom: 46 };
const SERIES_COLORS = 6;

/** Lines and points over two continuous axes, as SVG. Its table stands beside it, in the figure. */
export class MmLineChart extends LitElement {
  static override readonly properties = {
    series: { attribute: false },
    xLabel: { attribute: false },
    yLabel: { attribute: false },
    summary: { attribute: false },
  };
  static override readonly styles = [
    chartStyles,
    css`
      svg {
        width: 100%;
        max-width: 760px;
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
        height: 8px;
        margin-inline-end: 5px;
      }
    `,
  ];

  series: readonly LineSeries[] = [];
  xLabel = '';
  yLabel = '';
  summary = '';

  protected override render(): TemplateResult {
    const xs = axisTicks(extentOf(this.series.flatMap(({ x }) => x)));
    const ys = axisTicks(extentOf(this.series.flatMap(({ y }) => y)));
    return html`
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${this.summary}>
        ${this.axes(xs, ys)} ${this.series.map((one, index) => this.draw(one, index, xs, ys))}
      </svg>
      <ul>
        ${this.series.map(
          ({ label }, index) =>
            html`<li>
              <svg viewBox="0 0 26 8" aria-hidden="true">
                ${svg`<path d="M0 4H26" fill="none" stroke-width="2.5" stroke=${colourOf(index)}
                  stroke-dasharray=${dashOf(index)} />`}</svg
              >${label}
            </li>`,
        )}
      </ul>
    `;
  }

  private axes(xs: Ticks, ys: Ticks): SVGTemplateResult {
    const bottom = HEIGHT - EDGE.bottom;
    return svg`
      ${ys.values.map((value) => {
        const y = placeY(value, ys);
        return svg`<line class="grid" x1=${EDGE.left} x2=${WIDTH - EDGE.right} y1=${y} y2=${y} />
          <text x=${EDGE.left - 6} y=${y + 4} text-anchor="end">${ys.text(value)}</text>`;
      })}
      ${xs.values.map((value) => {
        const x = placeX(value, xs);
        return svg`<line class="grid" x1=${x} x2=${x} y1=${EDGE.top} y2=${bottom} />
          <text x=${x} y=${bottom + 16} text-anchor="middle">${xs.text(value)}</text>`;
      })}
      <text x=${(EDGE.left + WIDTH - EDGE.right) / 2} y=${HEIGHT - 8} text-anchor="middle">${this.xLabel}</text>
      <text transform="translate(13 ${(EDGE.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${this.yLabel}</text>`;
  }

  private draw(series: LineSeries, index: number, xs: Ticks, ys: Ticks): SVGTemplateResult {
    const points = series.x.map((x, at) => ({
      x: placeX(x, xs),
      y: placeY(series.y[at] ?? NaN, ys),
    }));
    const colour = colourOf(index);
    if (series.draw === 'points') {
      return svg`${points.map(
        ({ x, y }, at) =>
          svg`<circle cx=${x} cy=${y} r="4.5" fill=${colour} />
            <text x=${x + 7} y=${y - 6}>${series.names?.[at] ?? ''}</text>`,
      )}`;
    }
    const path = points.map(
      ({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`,
    );
    return svg`<path d=${path.join('')} fill="none" stroke=${colour} stroke-width="2"
      stroke-dasharray=${dashOf(index)} />`;
  }
}

function placeX(value: number, { low, high }: Ticks): number {
  return EDGE.left + ((value - low) / (high - low)) * (WIDTH - EDGE.left - EDGE.right);
}

function placeY(value: number, { low, high }: Ticks): number {
  const bottom = HEIGHT - EDGE.bottom;
  return bottom - ((value - low) / (high - low)) * (bottom - EDGE.top);
}

function colourOf(index: number): string {
  return `var(--mm-series-${String((index % SERIES_COLORS) + 1)})`;
}

function dashOf(index: number): string {
  return (DASHES[index % DASHES.length] ?? []).join(' ');
}

define('mm-line-chart', MmLineChart);
