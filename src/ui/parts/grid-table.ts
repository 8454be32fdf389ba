import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { metricFacts, metricText } from '../../lab/results/result-metrics.ts';
import { icon } from '../style/icons.ts';
import { metricTitle } from '../state/metric-choice.ts';
import { allCells, sameCell } from '../state/selectors.ts';
import type { CellScore, CellStatus, GridCell, GridModel } from '../state/selectors.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { CellKey } from '../state/state.ts';
import { gridTableStyles } from './grid-table-styles.ts';

const STATUS_TEXT: Readonly<Record<CellStatus, string>> = {
  empty: 'empty',
  queued: 'queued',
  training: 'training',
  done: 'done',
  cached: 'stored',
  failed: 'failed',
};

export class CellEvent extends CustomEvent<CellKey> {}

/**
 * The checkpoint grid: rows are domains, columns stages, the base model first. ARIA grid pattern:
 * one tab stop, arrows move, Home/End go to the row's ends, Enter opens.
 */
export class MmGridTable extends LitElement {
  static override readonly properties = {
    grid: { attribute: false },
    selected: { attribute: false },
    active: { state: true },
  };
  static override readonly styles = [sharedStyles, gridTableStyles];

  declare grid: GridModel;
  declare selected: CellKey | null;
  declare active: CellKey | null;

  constructor() {
    super();
    this.selected = null;
    this.active = null;
  }

  protected override render(): TemplateResult {
    const { stages, rows, domains } = this.grid;
    const width = stages.length + 1;
    return html`<div class="scroll">
      <table role="grid" aria-label="Checkpoint grid" @keydown=${this.onKey}>
        <thead>
          <tr role="row">
            <th role="columnheader" scope="col">Domain</th>
            <th role="columnheader" scope="col">base</th>
            ${stages.map((stage) => html`<th role="columnheader" scope="col">${stage}</th>`)}
          </tr>
        </thead>
        <tbody>
          <tr role="row">
            <th role="rowheader" scope="row">all domains</th>
            ${this.cell(this.grid.base, 'base model')}
            ${Array.from({ length: width - 1 }, () => html`<td role="gridcell" class="gap"></td>`)}
          </tr>
          ${rows.map(
            (row, index) =>
              html`<tr role="row">
                <th role="rowheader" scope="row">${domains[index]}</th>
                <td role="gridcell" class="gap"></td>
                ${row.map((cell) => this.cell(cell, `${cell.key.domain} ${cell.key.stage}`))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private cell(cell: GridCell, name: string): TemplateResult {
    const { status, job, score, key } = cell;
    const share = job !== null && job.total > 0 ? job.done / job.total : 0;
    const detail =
      status === 'training' && job !== null && job.total > 0
        ? `${String(job.done)} of ${String(job.total)} ${job.unit}`
        : '';
    return html`<td
      role="gridcell"
      class=${classMap({ [status]: true })}
      tabindex=${sameCell(this.tabStop(), key) ? 0 : -1}
      aria-selected=${sameCell(this.selected, key) ? 'true' : 'false'}
      data-domain=${key.domain}
      data-stage=${key.stage}
      @click=${() => {
        this.open(key);
      }}
      @focus=${() => {
        this.active = key;
      }}
    >
      <span class="visually-hidden">${name}: </span>
      <span class="state">${icon(status)} ${STATUS_TEXT[status]}</span>
      ${
        score !== null
          ? this.score(score)
          : detail !== ''
            ? html`<span class="small number">${detail}</span>`
            : nothing
      }
      ${
        status === 'training'
          ? html`<span class="meter" aria-hidden="true"
              ><i style=${styleMap({ width: `${(share * 100).toFixed(1)}%` })}></i
            ></span>`
          : nothing
      }
    </td>`;
  }

  private score({ value, standardError, contexts }: CellScore): TemplateResult {
    const { metric } = this.grid;
    const place = contexts > 1 ? ', mean over all test windows' : ' on the own test window';
    const unit = metricFacts(metric.metric).unit;
    const error = Number.isFinite(standardError);
    return html`<span
      class="value"
      title="${metricTitle(metric)}${place}, ${unit}${error ? ' ± standard error' : ''}"
      >${metricText(metric.metric, value)}
      ${error ? html`<small>± ${metricText(metric.metric, standardError)}</small>` : nothing}</span
    >`;
  }

  private tabStop(): CellKey {
    const cells = allCells(this.grid);
    const wanted = this.active ?? this.selected;
    return cells.find((cell) => sameCell(cell.key, wanted))?.key ?? this.grid.base.key;
  }

  private open(key: CellKey): void {
    this.active = key;
    this.dispatchEvent(new CellEvent('cell', { detail: key }));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = this.tabStop();
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.open(target);
      return;
    }
    const next = neighbour(this.grid, target, event.key);
    if (next === null) return;
    event.preventDefault();
    this.active = next.key;
    const element = [...this.renderRoot.querySelectorAll('td')].find(
      ({ dataset }) => dataset['domain'] === next.key.domain && dataset['stage'] === next.key.stage,
    );
    element?.focus();
  };
}

/** The cell that a key leads to; null when it leads nowhere. Rows: base, then the domains. */
function neighbour(grid: GridModel, from: CellKey, key: string): GridCell | null {
  const lines = [[grid.base], ...grid.rows];
  const row = lines.findIndex((line) => line.some((cell) => sameCell(cell.key, from)));
  const line = lines[row] ?? [];
  const column = line.findIndex((cell) => sameCell(cell.key, from));
  const at = (r: number, c: number): GridCell | null => {
    const target = lines[r];
    return target?.[Math.min(c, target.length - 1)] ?? null;
  };
  switch (key) {
    case 'ArrowRight':
      return line[column + 1] ?? null;
    case 'ArrowLeft':
      return line[column - 1] ?? null;
    case 'ArrowDown':
      return at(row + 1, column);
    case 'ArrowUp':
      return at(row - 1, column);
    case 'Home':
      return line[0] ?? null;
    case 'End':
      return line[line.length - 1] ?? null;
    default:
      return null;
  }
}

define('mm-grid-table', MmGridTable);
