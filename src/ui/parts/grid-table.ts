import { css, html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { define } from '../../charts/define.ts';
import { formatMetric } from '../format.ts';
import { icon } from '../icons.ts';
import { allCells, sameCell } from '../selectors.ts';
import type { CellStatus, GridCell, GridModel } from '../selectors.ts';
import { sharedStyles } from '../shared-styles.ts';
import type { CellKey } from '../state.ts';

const STATUS_TEXT: Readonly<Record<CellStatus, string>> = {
  empty: 'empty',
  queued: 'queued',
  training: 'training',
  done: 'done',
  cached: 'stored',
  failed: 'failed',
};

const SCORE_TITLE = [
  'Recall@10 on the own test window, percent ± standard error',
  'Recall@10, mean over all test windows, percent ± standard error',
] as const;

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
  static override readonly styles = [
    sharedStyles,
    css`
      table {
        border-collapse: separate;
        border-spacing: 8px;
        margin: -8px;
        width: calc(100% + 16px);
        min-width: 520px;
      }
      th,
      td {
        border: 0;
        padding: 0;
      }
      thead th {
        padding-inline: 4px;
      }
      tbody th {
        padding-inline-end: 4px;
        vertical-align: middle;
        white-space: nowrap;
      }
      td {
        position: relative;
        width: 24%;
        min-width: 124px;
        height: 66px;
        padding: 8px 10px;
        vertical-align: top;
        border: 1px solid var(--mm-border);
        border-radius: 8px;
        background: var(--mm-surface);
        cursor: pointer;
        overflow: hidden;
      }
      td:hover {
        background: var(--mm-hover);
      }
      td.gap {
        border: 0;
        background: none;
        cursor: default;
      }
      td.empty {
        border-style: dashed;
        border-color: var(--mm-border-strong);
      }
      td.queued {
        background: var(--mm-sunken);
      }
      td.training {
        border-color: var(--mm-accent);
        background: var(--mm-accent-soft);
      }
      td.failed {
        border-color: var(--mm-bad);
        background: var(--mm-bad-soft);
      }
      td[aria-selected='true'] {
        box-shadow: 0 0 0 2px var(--mm-accent);
        border-color: transparent;
      }
      td:focus-visible {
        outline-offset: 3px;
      }
      .state {
        display: flex;
        align-items: center;
        gap: 5px;
        font-size: 0.9em;
        color: var(--mm-muted);
      }
      .done .state,
      .cached .state {
        color: var(--mm-ok);
      }
      .training .state {
        color: var(--mm-accent);
        font-weight: 600;
      }
      .failed .state {
        color: var(--mm-bad);
      }
      .scroll {
        padding-block: 6px;
        margin-block: -6px;
      }
      .value {
        display: block;
        white-space: nowrap;
        margin-top: 3px;
        font-size: 1.15em;
        font-weight: 620;
        font-variant-numeric: tabular-nums;
      }
      .value small {
        font-size: 0.78em;
        font-weight: 400;
        color: var(--mm-muted);
      }
      .meter {
        position: absolute;
        inset: auto 0 0;
        height: 3px;
      }
      .meter i {
        display: block;
        height: 100%;
        background: var(--mm-accent);
      }
      .training .icon {
        animation: pulse 1.6s ease-in-out infinite;
      }
      @keyframes pulse {
        50% {
          opacity: 0.35;
        }
      }
      @media (max-width: 640px) {
        tbody th {
          white-space: normal;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .training .icon {
          animation: none;
        }
      }
    `,
  ];

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
    const { status, job, recall, key } = cell;
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
        recall !== null
          ? html`<span class="value" title=${SCORE_TITLE[recall.contexts > 1 ? 1 : 0]}
              >${formatMetric(recall.value)}
              <small>± ${formatMetric(recall.standardError)}</small></span
            >`
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
