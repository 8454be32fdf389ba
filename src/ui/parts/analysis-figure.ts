import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import '../../charts/heat-table.ts';
import '../../charts/line-chart.ts';
import { saveFile } from '../../charts/save-file.ts';
import { writeCsv } from '../../io/csv-write.ts';
import type { AnalysisFigure } from '../figures/analysis-figure.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';

/** Lines of a table shown at once; the CSV has all. */
const SHOWN = 300;

/** One figure with its title, what it means, its table, and the table as CSV. */
export class MmAnalysisFigure extends LitElement {
  static override readonly properties = {
    figure: { attribute: false },
    fileName: { attribute: false },
    asTable: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .title {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
      }
      h3 {
        margin-inline-end: auto;
      }
      .scroll {
        max-height: 340px;
        overflow: auto;
      }
      table {
        width: 100%;
      }
    `,
  ];

  declare figure: AnalysisFigure;
  declare fileName: string;
  declare private asTable: boolean;

  constructor() {
    super();
    this.fileName = 'analysis';
    this.asTable = false;
  }

  protected override render(): TemplateResult {
    const { title, note, table, chart } = this.figure;
    const showsTable = this.asTable || chart.type === 'none';
    return html`<section class="card" aria-label=${title}>
      <div class="title">
        <h3>${title}</h3>
        ${
          chart.type === 'none'
            ? nothing
            : html`<button
                aria-pressed=${this.asTable}
                @click=${() => {
                  this.asTable = !this.asTable;
                }}
              >
                Table
              </button>`
        }
        <button
          @click=${() => {
            const name = `${this.fileName}.${table.id}.csv`;
            saveFile(name, writeCsv(table.header, table.rows), 'text/csv');
          }}
        >
          ${icon('download')} CSV
        </button>
      </div>
      ${note === '' ? nothing : html`<p class="muted">${note}</p>`}
      ${showsTable ? this.table() : this.chart()}
    </section>`;
  }

  private chart(): TemplateResult | typeof nothing {
    const { chart, title } = this.figure;
    switch (chart.type) {
      case 'heat':
        return html`<mm-heat-table
          .caption=${title}
          .corner=${chart.corner}
          .columns=${chart.columns}
          .rows=${chart.rows}
          .digits=${chart.digits}
        ></mm-heat-table>`;
      case 'lines':
        return html`<mm-line-chart
          .series=${chart.series}
          .xScale=${chart.xScale ?? 'linear'}
          .xLabel=${chart.xLabel}
          .yLabel=${chart.yLabel}
          .summary=${`${title}. ${chart.series.length} series; their numbers are in the table.`}
        ></mm-line-chart>`;
      case 'none':
        return nothing;
    }
  }

  private table(): TemplateResult {
    const { title, display } = this.figure;
    const table = display ?? this.figure.table;
    const more = table.rows.length - SHOWN;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}, as table">
        <table>
          <thead>
            <tr>
              ${table.header.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${table.rows.slice(0, SHOWN).map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td class=${typeof cell === 'number' ? 'num' : ''}>${written(cell)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${more > 0 ? html`<p class="muted">${more} more lines in the CSV.</p>` : nothing}`;
  }
}

function written(cell: string | number): string {
  if (typeof cell === 'string' || Number.isInteger(cell)) return String(cell);
  const size = Math.abs(cell);
  return size >= 1e-3 && size < 1e6 ? cell.toFixed(4) : cell.toExponential(3);
}

define('mm-analysis-figure', MmAnalysisFigure);
