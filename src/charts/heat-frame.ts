import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from './html.ts';

interface HeatFrame {
  /** '' for none; it also names the region that scrolls. */
  readonly caption: string;
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly label: string | TemplateResult;
    readonly cells: readonly TemplateResult[];
  }[];
}

/** The table around coloured cells: heads of rows and columns, in a region that scrolls. */
export function heatFrame({ caption, corner, columns, rows }: HeatFrame): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table>
      ${
        caption === ''
          ? nothing
          : html`<caption>
              ${caption}
            </caption>`
      }
      <thead>
        <tr>
          <th scope="col">${corner}</th>
          ${columns.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ label, cells }) =>
            html`<tr>
              <th scope="row">${label}</th>
              ${cells}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Smallest and largest value: what the colours run between. */
export function rangeOf(values: readonly number[]): readonly [low: number, high: number] {
  return [Math.min(...values, Infinity), Math.max(...values, -Infinity)];
}
