import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { sequentialColor } from './color-scale.ts';
import { define } from './define.ts';
import { heatFrame, rangeOf } from './heat-frame.ts';

export interface HeatRow {
  readonly label: string;
  /** null: nothing to show there. */
  readonly values: readonly (number | null)[];
}

/** Coloured table with its numerals in every cell, so that it is its own text twin. */
export class MmHeatTable extends LitElement {
  static override readonly properties = {
    columns: { attribute: false },
    rows: { attribute: false },
    caption: { attribute: false },
    corner: { attribute: false },
    digits: { type: Number },
  };
  static override readonly styles = [
    chartStyles,
    css`
      table {
        border-collapse: separate;
        border-spacing: 2px;
      }
      tbody th {
        white-space: nowrap;
        font-weight: 550;
      }
      td {
        min-width: 58px;
        text-align: center;
        border-radius: 4px;
      }
      td.none {
        color: var(--mm-muted);
      }
    `,
  ];

  columns: readonly string[] = [];
  rows: readonly HeatRow[] = [];
  caption = '';
  corner = '';
  digits = 2;

  protected override render(): TemplateResult {
    const values = this.rows.flatMap((row) => row.values.filter((value) => value !== null));
    const [low, high] = rangeOf(values);
    return heatFrame({
      caption: this.caption,
      corner: this.corner,
      columns: this.columns,
      rows: this.rows.map((row) => ({
        label: row.label,
        cells: row.values.map((value) => this.cell(value, low, high)),
      })),
    });
  }

  private cell(value: number | null, low: number, high: number): TemplateResult {
    if (value === null) return html`<td class="none">–</td>`;
    const { background, text } = sequentialColor(value, low, high);
    return html`<td style=${styleMap({ background, color: text })}>
      ${value.toFixed(this.digits)}
    </td>`;
  }
}

define('mm-heat-table', MmHeatTable);
