import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { sequentialColor } from './color-scale.ts';
import { define } from './define.ts';
import { heatFrame, rangeOf } from './heat-frame.ts';

export interface MatrixCell {
  readonly value: number;
  readonly standardError: number;
  /** The model's own context: drawn with an outline and said in words. */
  readonly own: boolean;
}

export interface MatrixRow {
  readonly label: string;
  readonly cells: readonly (MatrixCell | null)[];
}

/** Heat table: numerals in every cell, so the table is its own text twin. */
export class MmMatrix extends LitElement {
  static override readonly properties = {
    columns: { attribute: false },
    rows: { attribute: false },
    caption: { attribute: false },
    corner: { attribute: false },
    digits: { type: Number },
    lowerIsBetter: { type: Boolean },
  };
  static override readonly styles = [
    chartStyles,
    css`
      table {
        border-collapse: separate;
        border-spacing: 3px;
      }
      caption {
        padding-inline-start: 3px;
      }
      .scroll {
        padding-block: 3px;
      }
      tbody th {
        font-weight: 550;
        white-space: nowrap;
        padding-inline-start: 0;
      }
      td {
        min-width: 92px;
        height: 34px;
        text-align: center;
        border-radius: 5px;
        white-space: nowrap;
      }
      td small {
        font-size: 0.84em;
      }
      td.own {
        outline: 2px solid var(--mm-text);
        outline-offset: 0;
        font-weight: 650;
      }
      td.none {
        color: var(--mm-muted);
        border: 1px dashed var(--mm-border-strong);
      }
      .note {
        color: var(--mm-muted);
        font-size: 0.9em;
        margin: 6px 0 0;
      }
      .key {
        display: inline-block;
        width: 12px;
        height: 12px;
        border: 2px solid var(--mm-text);
        border-radius: 3px;
        vertical-align: -1px;
        margin-inline-end: 4px;
      }
    `,
  ];

  columns: readonly string[] = [];
  rows: readonly MatrixRow[] = [];
  caption = '';
  corner = '';
  digits = 2;
  /** Turns the colours round: bright stays good. */
  lowerIsBetter = false;

  protected override render(): TemplateResult {
    const values = this.rows.flatMap((row) => row.cells.flatMap((cell) => cell?.value ?? []));
    const [low, high] = rangeOf(values);
    const frame = heatFrame({
      caption: this.caption,
      corner: this.corner,
      columns: this.columns,
      rows: this.rows.map((row) => ({
        label: row.label,
        cells: row.cells.map((cell) => this.cell(cell, low, high)),
      })),
    });
    return html`
      ${frame}
      <p class="note"><span class="key" aria-hidden="true"></span>outlined = own context</p>
    `;
  }

  private cell(cell: MatrixCell | null, low: number, high: number): TemplateResult {
    if (cell === null || !Number.isFinite(cell.value)) {
      return html`<td class="none">–<span class="visually-hidden"> not evaluated</span></td>`;
    }
    const colors = this.lowerIsBetter
      ? sequentialColor(-cell.value, -high, -low)
      : sequentialColor(cell.value, low, high);
    const { digits } = this;
    return html`<td
      class=${cell.own ? 'own' : ''}
      style=${styleMap({ background: colors.background, color: colors.text })}
    >
      ${cell.value.toFixed(digits)}
      ${
        Number.isFinite(cell.standardError)
          ? html`<small>± ${cell.standardError.toFixed(digits)}</small>`
          : ''
      }
      ${cell.own ? html`<span class="visually-hidden"> own context</span>` : ''}
    </td>`;
  }
}

define('mm-matrix', MmMatrix);
