import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { divergingColor, sequentialColor, type CellColors } from './color-scale.ts';
import { define } from './define.ts';
import { heatFrame, rangeOf } from './heat-frame.ts';

export interface MatrixCell {
  readonly value: number;
  readonly standardError: number;
  /** The model's own context: drawn with an outline and said in words. */
  readonly own: boolean;
  readonly users: number;
  /** Of fewer users than the whole test window: hatched, for it compares with its like only. */
  readonly isProbe: boolean;
}

export interface MatrixRow {
  readonly label: string;
  /** What is opened when the label is pressed. */
  readonly id: string;
  /** Set apart from trained models. */
  readonly isMerge: boolean;
  readonly cells: readonly (MatrixCell | null)[];
}

/** A row's label was pressed: its id. */
export class MatrixRowEvent extends CustomEvent<string> {
  static readonly type = 'mm-matrix-row';

  constructor(id: string) {
    super(MatrixRowEvent.type, { detail: id });
  }
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
    isDifference: { type: Boolean },
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
        padding: 0 2px 0 0;
      }
      td {
        min-width: 64px;
        padding: 1px 4px;
        height: 34px;
        line-height: 1.15;
        text-align: center;
        border-radius: 5px;
        white-space: nowrap;
      }
      tbody th button {
        min-height: 26px;
        padding: 0 4px;
        margin-inline-start: -4px;
        font-size: 1em;
        line-height: 1.2;
        text-align: start;
        color: inherit;
      }
      tbody th button:hover {
        text-decoration: underline;
      }
      tbody th button.merge::before {
        content: '⋈ ';
        color: var(--mm-merged);
      }
      /* Stripes that move a colour away from its text, so that numerals stay readable. */
      td.probe.onLight,
      .key.probe {
        background-image: repeating-linear-gradient(
          135deg,
          rgb(255 255 255 / 40%) 0 2px,
          transparent 2px 7px
        );
      }
      td.probe.onDark {
        background-image: repeating-linear-gradient(
          135deg,
          rgb(0 0 0 / 40%) 0 2px,
          transparent 2px 7px
        );
      }
      td small {
        display: block;
        font-size: 0.8em;
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
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        align-items: center;
        color: var(--mm-muted);
        font-size: 0.9em;
        margin: 6px 0 0;
      }
      .key {
        display: inline-block;
        width: 14px;
        height: 14px;
        border-radius: 3px;
        vertical-align: -2px;
        margin-inline-end: 4px;
      }
      .key.own {
        border: 2px solid var(--mm-text);
      }
      .key.probe {
        background-color: rgb(128 128 128);
      }
      .scale {
        display: inline-block;
        width: 90px;
        height: 12px;
        border-radius: 3px;
        vertical-align: -1px;
        margin-inline: 4px;
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
  /** The values are differences: signs, and colours that part at 0. */
  isDifference = false;

  protected override render(): TemplateResult {
    const values = this.rows.flatMap((row) => row.cells.flatMap((cell) => cell?.value ?? []));
    const range = rangeOf(values.filter((value) => Number.isFinite(value)));
    const frame = heatFrame({
      caption: this.caption,
      corner: this.corner,
      columns: this.columns,
      rows: this.rows.map((row) => ({
        label: html`<button
          class=${row.isMerge ? 'merge' : ''}
          title="Show ${row.label} in the inspector"
          @click=${() => {
            this.dispatchEvent(new MatrixRowEvent(row.id));
          }}
        >
          ${row.label}
        </button>`,
        cells: row.cells.map((cell) => this.cell(cell, range)),
      })),
    });
    return html`${frame} ${this.legend(range)}`;
  }

  private legend([low, high]: readonly [number, number]): TemplateResult {
    const cells = this.rows.flatMap((row) => row.cells);
    const probes = [
      ...new Set(cells.flatMap((cell) => (cell?.isProbe === true ? cell.users : []))),
    ];
    const isRange = Number.isFinite(low) && high > low;
    const span = Math.max(Math.abs(low), Math.abs(high));
    const [from, to] = this.isDifference ? [-span, span] : [low, high];
    const stops = [0, 0.25, 0.5, 0.75, 1].map(
      (share) => this.color(from + share * (to - from), [low, high]).background,
    );
    return html`<p class="note">
      ${
        isRange
          ? html`<span
              >${this.text(from)}<i
                class="scale"
                style=${styleMap({ background: `linear-gradient(to right, ${stops.join(', ')})` })}
              ></i
              >${this.text(to)}</span
            >`
          : ''
      }
      <span><i class="key own"></i>own context</span>
      ${
        probes.length === 0
          ? ''
          : html`<span
              ><i class="key probe"></i>a probe of ${probes.toSorted((a, b) => a - b).join(' or ')}
              users: compares with its like only</span
            >`
      }
    </p>`;
  }

  private cell(
    cell: MatrixCell | null,
    range: readonly [low: number, high: number],
  ): TemplateResult {
    if (cell === null || !Number.isFinite(cell.value)) {
      const why = this.isDifference ? 'not evaluated on the same users' : 'not evaluated';
      return html`<td class="none" title=${why}>–<span class="visually-hidden"> ${why}</span></td>`;
    }
    const colors = this.color(cell.value, range);
    const side = colors.text === '#000000' ? 'onLight' : 'onDark';
    const error = Number.isFinite(cell.standardError)
      ? html`<small>± ${cell.standardError.toFixed(this.digits)}</small>`
      : '';
    return html`<td
      class="${cell.own ? 'own' : ''} ${cell.isProbe ? `probe ${side}` : ''}"
      title="n = ${cell.users} users${cell.isProbe ? ', a probe' : ''}"
      style=${styleMap({ 'background-color': colors.background, color: colors.text })}
    >
      ${this.text(cell.value)} ${error}
      <span class="visually-hidden"
        >${cell.own ? 'own context, ' : ''}n = ${cell.users}${cell.isProbe ? ', a probe' : ''}</span
      >
    </td>`;
  }

  private color(value: number, [low, high]: readonly [low: number, high: number]): CellColors {
    const sign = this.lowerIsBetter ? -1 : 1;
    if (this.isDifference) {
      return divergingColor(sign * value, Math.max(Math.abs(low), Math.abs(high)));
    }
    return this.lowerIsBetter
      ? sequentialColor(-value, -high, -low)
      : sequentialColor(value, low, high);
  }

  private text(value: number): string {
    const text = value.toFixed(this.digits);
    return this.isDifference && value > 0 ? `+${text}` : text;
  }
}

define('mm-matrix', MmMatrix);
