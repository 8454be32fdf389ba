import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from '../../../charts/html.ts';
import { sequentialColor } from '../../../charts/color-scale.ts';
import { define } from '../../../charts/define.ts';
import { metricFacts, metricText } from '../../../lab/results/result-metrics.ts';
import { icon } from '../../style/icons.ts';
import { metricTitle } from '../../state/metric-choice.ts';
import { allCells, cellName, sameCell } from '../../state/selectors.ts';
import type { CellScore, CellStatus, GridCell, GridModel } from '../../state/selectors.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import type { CellKey } from '../../state/state.ts';
import { gridTableStyles } from './grid-table-styles.ts';

const STATUS_TEXT: Readonly<Record<CellStatus, string>> = {
  empty: 'empty',
  queued: 'queued',
  training: 'training',
  done: 'done',
  cached: 'stored',
  failed: 'failed',
};

/** From the cell before, drawn in the gap between the two. */
const ARROW = html`<svg class="arrow" viewBox="0 0 20 12" aria-hidden="true">
  <path d="M1 6h16M12.5 1.5 17.5 6l-5 4.5" />
</svg>`;

export class CellEvent extends CustomEvent<CellKey> {}

/**
 * The checkpoint grid: rows are domains, columns stages, the base model first; coloured by the metric,
 * arrows lead from a model to the one that goes on from it. ARIA grid pattern:
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
    return html`<div class="scroll">
      <table
        role="grid"
        aria-label="Checkpoint grid"
        style=${styleMap({ '--columns': String(stages.length + 1) })}
        @keydown=${this.onKey}
      >
        <thead>
          <tr role="row">
            <th role="columnheader" scope="col">Domain</th>
            <th role="columnheader" scope="col">base</th>
            ${stages.map((stage) => html`<th role="columnheader" scope="col">${stage}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row, index) =>
              html`<tr role="row">
                <th role="rowheader" scope="row">${domains[index]}</th>
                ${index === 0 ? this.cell(this.grid.base, 'base model', rows.length) : nothing}
                ${row.map((cell) => this.cell(cell, `${cell.key.domain} ${cell.key.stage}`))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private cell(cell: GridCell, name: string, rows = 1): TemplateResult {
    const { status, job, score, key } = cell;
    const share = job !== null && job.total > 0 ? job.done / job.total : 0;
    const detail =
      status === 'training' && job !== null && job.total > 0
        ? `${String(job.done)} of ${String(job.total)} ${job.unit}`
        : '';
    const descent = this.descentOf(cell);
    return html`<td
      role="gridcell"
      rowspan=${rows}
      class=${classMap({ [status]: true, scored: score !== null })}
      style=${styleMap(score === null ? {} : this.color(score))}
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
      ${descent === 'left' ? ARROW : nothing}
      <span class="visually-hidden">${name}: </span>
      <span class="state">${icon(status)} <b>${STATUS_TEXT[status]}</b></span>
      ${
        score !== null
          ? this.score(score)
          : detail !== ''
            ? html`<span class="small number detail" title=${detail}>${detail}</span>`
            : nothing
      }
      ${descent === 'left' || descent === '' ? nothing : html`<span class="from">${descent}</span>`}
      ${
        status === 'training'
          ? html`<span class="meter" aria-hidden="true"
              ><i style=${styleMap({ width: `${(share * 100).toFixed(1)}%` })}></i
            ></span>`
          : nothing
      }
    </td>`;
  }

  /** `left`: of the cell to the left, an arrow says so; otherwise in words, '' where it has no parent. */
  private descentOf({ job, key }: GridCell): string {
    const inputs = job?.summary.inputs ?? [];
    const row = this.grid.rows.find((cells) => cells[0]?.key.domain === key.domain) ?? [];
    const line = [this.grid.base, ...row];
    const at = line.findIndex((cell) => sameCell(cell.key, key));
    const parent = allCells(this.grid).find((cell) => inputs.includes(cell.job?.summary.id ?? ''));
    if (parent === undefined || at < 1) return '';
    if (line[at - 1] === parent) return 'left';
    return `from ${parent === this.grid.base ? 'base' : cellName(parent.key)}`;
  }

  private color(score: CellScore): Record<string, string> {
    const values = allCells(this.grid).flatMap((cell) => cell.score?.value ?? []);
    const isLess = metricFacts(this.grid.metric.metric).better === 'lower';
    const sign = isLess ? -1 : 1;
    const ends = [Math.min(...values), Math.max(...values)].map((value) => sign * value);
    const { background, text } = sequentialColor(
      sign * score.value,
      Math.min(...ends),
      Math.max(...ends),
    );
    return { background, color: text };
  }

  private score({ value, standardError, contexts }: CellScore): TemplateResult {
    const { metric } = this.grid;
    const place =
      contexts > 1 ? `, mean over ${String(contexts)} test windows` : ' on the own test window';
    const unit = metricFacts(metric.metric).unit;
    const error = Number.isFinite(standardError);
    return html`<span
        class="value"
        title="${metricTitle(metric)}${place}, ${unit}${error ? ' ± standard error' : ''}"
        >${metricText(metric.metric, value)}
        ${error ? html`<small>± ${metricText(metric.metric, standardError)}</small>` : nothing}</span
      >${contexts > 1 ? html`<span class="from">mean of ${contexts} windows</span>` : nothing}`;
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

/** The cell that a key leads to; null when it leads nowhere. */
function neighbour(grid: GridModel, from: CellKey, key: string): GridCell | null {
  // The base stands left of every row.
  const lines = grid.rows.map((cells) => [grid.base, ...cells]);
  const row = Math.max(
    0,
    lines.findIndex((line) => line.some((cell) => sameCell(cell.key, from))),
  );
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
