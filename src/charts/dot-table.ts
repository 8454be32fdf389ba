import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { define } from './define.ts';

export type DotKind = 'merge' | 'parent' | 'baseline' | 'other';

export interface Dot {
  readonly label: string;
  readonly kind: DotKind;
  readonly value: number;
  readonly standardError: number;
  readonly n: number;
  /** The row the reader is asked to look at. */
  readonly highlighted: boolean;
}

const KIND_TEXT: Readonly<Record<DotKind, string>> = {
  merge: 'merge',
  parent: 'parent',
  baseline: 'baseline',
  other: '',
};

/** Dot plot with ± one standard error whose rows are a table: marker shape, not colour, tells kinds. */
export class MmDotTable extends LitElement {
  static override readonly properties = {
    dots: { attribute: false },
    caption: { attribute: false },
    unit: { attribute: false },
    start: { type: Number },
    digits: { type: Number },
    zero: { type: Boolean },
  };
  static override readonly styles = [
    chartStyles,
    css`
      table {
        width: 100%;
      }
      th,
      td {
        padding-block: 4px;
        border-bottom: 1px solid var(--mm-border);
        white-space: nowrap;
      }
      tbody th small {
        color: var(--mm-muted);
      }
      .plot {
        width: 52%;
        min-width: 110px;
        padding-inline: 10px;
      }
      @media (max-width: 640px) {
        th,
        td {
          padding-inline: 4px;
        }
        tbody th {
          white-space: normal;
          width: 38%;
        }
        .plot {
          width: 30%;
          min-width: 70px;
        }
      }
      .track {
        position: relative;
        height: 18px;
      }
      .track::before {
        content: '';
        position: absolute;
        inset: 50% 0 auto;
        border-top: 1px solid var(--mm-border);
      }
      .whisker,
      .dot {
        position: absolute;
        top: 50%;
      }
      .whisker {
        height: 2px;
        margin-top: -1px;
        background: currentColor;
      }
      .dot {
        width: 11px;
        height: 11px;
        margin: -5.5px 0 0 -5.5px;
        background: currentColor;
      }
      .zero {
        position: absolute;
        inset-block: -4px;
        border-left: 1px dashed var(--mm-muted);
      }
      .parent {
        color: var(--mm-series-1);
      }
      .parent .dot {
        border-radius: 50%;
      }
      .merge {
        color: var(--mm-series-2);
      }
      .merge .dot {
        rotate: 45deg;
      }
      .baseline,
      .other {
        color: var(--mm-series-6);
      }
      .baseline .dot {
        background: var(--mm-surface);
        border: 2px solid currentColor;
      }
      .other .dot {
        border-radius: 50%;
        background: var(--mm-surface);
        border: 2px solid currentColor;
      }
      tr.highlighted th,
      tr.highlighted td {
        font-weight: 650;
        background: var(--mm-accent-soft);
      }
    `,
  ];

  dots: readonly Dot[] = [];
  caption = '';
  unit = '';
  /** Where the axis begins. */
  start = 0;
  digits = 2;
  /** A line at 0, for differences. */
  zero = false;

  protected override render(): TemplateResult {
    const tops = this.dots.map((dot) => dot.value + finite(dot.standardError));
    const top = Math.max(...tops.filter(Number.isFinite), this.start + 1e-9);
    const high = top + 0.04 * (top - this.start);
    return html`
      <div class="scroll" tabindex="0" role="region" aria-label=${this.caption}>
        <table>
          <caption>
            ${this.caption}
          </caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">
                <span class="visually-hidden">Plot, from ${Number(this.start.toPrecision(3))}</span>
              </th>
              <th scope="col" class="num">${this.unit} ± SE</th>
              <th scope="col" class="num">n</th>
            </tr>
          </thead>
          <tbody>
            ${this.dots.map((dot) => this.row(dot, high))}
          </tbody>
        </table>
      </div>
    `;
  }

  private row(dot: Dot, high: number): TemplateResult {
    const kind = KIND_TEXT[dot.kind];
    return html`<tr class=${classMap({ highlighted: dot.highlighted })}>
      <th scope="row">
        ${breakable(dot.label)} ${kind === '' ? nothing : html`<small>${kind}</small>`}
      </th>
      <td class="plot">${this.mark(dot, high)}</td>
      <td class="num">
        ${dot.value.toFixed(this.digits)}
        ${Number.isFinite(dot.standardError) ? html`± ${dot.standardError.toFixed(this.digits)}` : nothing}
      </td>
      <td class="num">${dot.n}</td>
    </tr>`;
  }

  private mark(dot: Dot, high: number): TemplateResult {
    const { start } = this;
    const share = (value: number): number =>
      (Math.min(high, Math.max(start, value)) - start) / (high - start);
    const at = (value: number): string => `${String(share(value) * 100)}%`;
    const error = finite(dot.standardError);
    const from = dot.value - error;
    const width = 100 * (share(dot.value + error) - share(from));
    return html`<div class="track ${dot.kind}" aria-hidden="true">
      ${this.zero ? html`<span class="zero" style=${styleMap({ left: at(0) })}></span>` : nothing}
      <span
        class="whisker"
        style=${styleMap({ left: at(from), width: `${String(width)}%` })}
      ></span>
      <span class="dot" style=${styleMap({ left: at(dot.value) })}></span>
    </div>`;
  }
}

/** Lets a long "domain/stage" break after the slash, nowhere else. */
function breakable(label: string): unknown {
  return label.split('/').map((part, index) => (index === 0 ? part : html`/<wbr />${part}`));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

define('mm-dot-table', MmDotTable);
