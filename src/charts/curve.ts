import { css, LitElement, nothing, unsafeCSS } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { html, svg } from './html.ts';
import uplotCss from 'uplot/dist/uPlot.min.css?inline';
import { chartStyles } from './chart-styles.ts';
import { curveCsv, curveSummary, joined, reduced, smoothed } from './curve-data.ts';
import type { CurveSeries } from './curve-data.ts';
import { CurvePlot, DASHES } from './curve-plot.ts';
import type { PlotColors } from './curve-plot.ts';
import { define } from './define.ts';
import { saveFile } from './save-file.ts';

const REPAINT_MS = 250;
const CALM_REPAINT_MS = 1000;
const MAX_POINTS = 800;
const MAX_TABLE_ROWS = 200;
const SMOOTHING = 0.9;
const SERIES_COLORS = 6;

/**
 * Live line chart with a table twin and CSV. New data are painted at most four times a second, once
 * a second under reduced motion, and not at all while the page is hidden.
 */
export class MmCurve extends LitElement {
  static override readonly properties = {
    series: { attribute: false },
    focused: { type: Number },
    xLabel: { attribute: false },
    yLabel: { attribute: false },
    fileName: { attribute: false },
    smooth: { state: true },
    asTable: { state: true },
  };
  static override readonly styles = [
    unsafeCSS(uplotCss),
    chartStyles,
    css`
      .plot {
        height: 240px;
        min-width: 0;
        overflow: hidden;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        align-items: center;
        margin-bottom: 6px;
      }
      .bar .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        margin: 0 auto 0 0;
        padding: 0;
        list-style: none;
        font-size: 0.93em;
      }
      .legend svg {
        width: 26px;
        height: 8px;
        vertical-align: 1px;
        margin-inline-end: 5px;
      }
      .none {
        display: grid;
        place-content: center;
        color: var(--mm-muted);
      }
      .twin {
        max-height: 240px;
        overflow: auto;
      }
      .twin table {
        width: 100%;
      }
      .twin th,
      .twin td {
        border-bottom: 1px solid var(--mm-border);
        padding-block: 2px;
      }
      .probe {
        display: none;
      }
    `,
  ];

  series: readonly CurveSeries[] = [];
  focused = -1;
  xLabel = 'step';
  yLabel = 'loss';
  fileName = 'curve';
  smooth = false;
  asTable = false;

  private plot: CurvePlot | null = null;
  private plotKey = '';
  private timer: ReturnType<typeof setTimeout> | null = null;
  private paintedAt = -Infinity;
  private readonly resizer = new ResizeObserver(() => {
    this.fit();
  });
  private readonly onVisible = (): void => {
    if (!document.hidden) this.schedule();
  };
  private readonly onScheme = (): void => {
    this.plotKey = '';
    this.schedule();
  };
  private readonly themeWatcher = new MutationObserver(this.onScheme);

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.onVisible);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.onScheme);
    this.themeWatcher.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.resizer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.onVisible);
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.onScheme);
    this.themeWatcher.disconnect();
    this.resizer.disconnect();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.plot?.destroy();
    this.plot = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.size > 0) this.schedule();
  }

  protected override render(): TemplateResult {
    const drawn = this.series.filter((one) => one.steps.length > 0);
    return html`
      <div class="bar">
        <ul class="legend">
          ${drawn.map((one, index) => html`<li>${this.key(index)}${one.label}</li>`)}
        </ul>
        <button
          aria-pressed=${this.smooth}
          @click=${() => {
            this.smooth = !this.smooth;
          }}
        >
          Smooth
        </button>
        <button
          aria-pressed=${this.asTable}
          @click=${() => {
            this.asTable = !this.asTable;
          }}
        >
          Table
        </button>
        <button
          ?disabled=${drawn.length === 0}
          @click=${() => {
            saveFile(`${this.fileName}.csv`, curveCsv(this.series), 'text/csv');
          }}
        >
          CSV
        </button>
      </div>
      <p class="visually-hidden">${curveSummary(drawn, this.yLabel)}</p>
      ${this.asTable ? this.table(drawn) : nothing}
      <div
        class="plot ${drawn.length === 0 ? 'none' : ''}"
        ?hidden=${this.asTable}
        aria-hidden=${drawn.length === 0 ? 'false' : 'true'}
      >
        ${drawn.length === 0 ? html`<span>No loss recorded in this session yet.</span>` : nothing}
      </div>
    `;
  }

  private key(index: number): TemplateResult {
    const dash = (DASHES[index % DASHES.length] ?? []).join(' ');
    const colour = `var(--mm-series-${String((index % SERIES_COLORS) + 1)})`;
    return html`<svg viewBox="0 0 26 8" aria-hidden="true">
      ${svg`<path d="M0 4H26" fill="none" stroke=${colour} stroke-width="2.5" stroke-dasharray=${dash} />`}
    </svg>`;
  }

  private table(series: readonly CurveSeries[]): TemplateResult {
    const shown = joined(series.map((one) => reduced(one, MAX_TABLE_ROWS)));
    return html`<div class="twin" tabindex="0" role="region" aria-label="${this.yLabel}, as table">
      <table>
        <thead>
          <tr>
            <th scope="col">${this.xLabel}</th>
            ${series.map((one) => html`<th scope="col" class="num">${one.label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.steps.map(
            (step, row) =>
              html`<tr>
                <th scope="row">${step}</th>
                ${shown.columns.map(
                  (column) => html`<td class="num">${column[row]?.toFixed(4) ?? ''}</td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private schedule(): void {
    if (this.timer !== null || document.hidden || !this.isConnected) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const wait = this.paintedAt + (calm ? CALM_REPAINT_MS : REPAINT_MS) - performance.now();
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.paint();
      },
      Math.max(0, wait),
    );
  }

  private paint(): void {
    const host = this.renderRoot.querySelector<HTMLElement>('.plot');
    if (host === null || document.hidden || this.asTable) return;
    this.paintedAt = performance.now();
    const drawn = this.series.filter((one) => one.steps.length > 0).map((one) => this.shape(one));
    const key = [drawn.map((one) => one.label).join('|'), this.focused, this.xLabel, this.yLabel];
    if (drawn.length === 0 || key.join() !== this.plotKey) {
      this.plot?.destroy();
      this.plot = null;
      this.plotKey = key.join();
    }
    if (drawn.length === 0) return;
    if (this.plot === null) {
      const colors = this.colors();
      const { xLabel, yLabel, focused } = this;
      this.plot = new CurvePlot(host, drawn, { xLabel, yLabel, focused, colors });
    } else {
      this.plot.update(drawn);
      this.fit();
    }
  }

  private shape(one: CurveSeries): CurveSeries {
    const values = this.smooth ? smoothed(one.values, SMOOTHING) : one.values;
    return reduced({ ...one, values }, MAX_POINTS);
  }

  private fit(): void {
    const host = this.renderRoot.querySelector<HTMLElement>('.plot');
    if (host !== null) this.plot?.resize(host.clientWidth, host.clientHeight);
  }

  /** Canvas needs resolved colours: a probe element turns the tokens of this theme into them. */
  private colors(): PlotColors {
    const probe = document.createElement('span');
    probe.className = 'probe';
    this.renderRoot.append(probe);
    const resolve = (token: string): string => {
      probe.style.color = `var(${token})`;
      return getComputedStyle(probe).color;
    };
    const series = Array.from({ length: SERIES_COLORS }, (_, i) =>
      resolve(`--mm-series-${String(i + 1)}`),
    );
    const colors = { text: resolve('--mm-muted'), grid: resolve('--mm-border'), series };
    probe.remove();
    return colors;
  }
}

define('mm-curve', MmCurve);
