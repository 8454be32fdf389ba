import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { ListedTitle, Moved, RecommendColumn } from '../../figures/recommend-scene.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';

/** What each model recommends, one column a model, and what moved against the first. */
export class MmRecommendLists extends LitElement {
  static override readonly properties = {
    columns: { attribute: false },
    lines: { attribute: false },
    busy: { type: Boolean, reflect: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        container-type: inline-size;
      }
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
        gap: 12px;
      }
      :host([busy]) .columns {
        opacity: 0.72;
      }
      section {
        --own: var(--mm-series-1);
        min-width: 0;
      }
      .merge {
        --own: var(--mm-merged);
      }
      .second {
        --own: var(--mm-series-2);
      }
      h3 {
        color: var(--own);
        border-bottom: 2px solid var(--own);
        padding: 2px 4px 4px;
        overflow-wrap: anywhere;
      }
      table {
        table-layout: fixed;
      }
      th,
      td {
        padding: 4px;
        vertical-align: middle;
        line-height: 1.2;
      }
      .at {
        width: 26px;
        color: var(--mm-muted);
        text-align: end;
      }
      .score {
        width: 74px;
        text-align: end;
        white-space: nowrap;
      }
      td {
        height: 34px;
      }
      .taken td {
        background: var(--mm-ok-soft);
        font-weight: 640;
      }
      .item {
        display: flex;
        align-items: center;
        gap: 5px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .item > span:first-of-type {
        flex: 1 1 auto;
        min-width: 0;
      }
      .moved {
        flex: none;
        font-size: 0.86em;
        color: var(--mm-muted);
        white-space: nowrap;
      }
      .moved.new {
        color: var(--own);
        font-weight: 600;
      }
      .moved.up {
        color: var(--mm-ok);
      }
      .moved.down {
        color: var(--mm-warn);
      }
      .note {
        color: var(--mm-muted);
        font-size: 0.9em;
        padding: 6px 4px 0;
      }
      .note strong {
        font-weight: 600;
        color: var(--mm-text);
      }
    `,
  ];

  declare columns: readonly RecommendColumn[];
  /** Titles of a list that are drawn. */
  declare lines: number;
  /** A newer question is on its way. */
  declare busy: boolean;

  constructor() {
    super();
    this.columns = [];
    this.lines = 10;
    this.busy = false;
  }

  protected override render(): TemplateResult {
    return html`<div class="columns" aria-busy=${this.busy ? 'true' : 'false'}>
      ${this.columns.map((column) => this.column(column))}
    </div>`;
  }

  private column(column: RecommendColumn): TemplateResult {
    const { place, model, titles, score, dropped, rank } = column;
    return html`<section class=${place} aria-label="Recommended by ${model}">
      <h3>${model}</h3>
      ${
        titles === null
          ? html`<p class="note">Not trained yet: this list comes when the model is there.</p>`
          : html`<table>
                <caption class="visually-hidden">
                  Titles that ${model} recommends
                </caption>
                <thead>
                  <tr>
                    <th class="at" scope="col"><span class="visually-hidden">Place</span></th>
                    <th scope="col">Title</th>
                    <th class="score" scope="col" title=${score?.told ?? nothing}>
                      ${score?.title ?? ''}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  ${titles.slice(0, this.lines).map((one, at) => line(one, at, place))}
                </tbody>
              </table>
              ${rank === '' ? nothing : html`<p class="note"><strong>${rank}</strong></p>`}
              ${
                dropped.length === 0
                  ? nothing
                  : html`<p class="note">${droppedText(dropped, titles.length, this.lines)}</p>`
              }`
      }
    </section>`;
  }
}

function droppedText(dropped: readonly string[], of: number, lines: number): string {
  if (dropped.length >= of) return 'None of the titles of model A.';
  return `Dropped: ${dropped.slice(0, lines).join(', ')}`;
}

function line(one: ListedTitle, at: number, place: RecommendColumn['place']): TemplateResult {
  const { title, score, told, isTaken, moved } = one;
  return html`<tr class=${isTaken ? 'taken' : ''}>
    <td class="at number">${at + 1}</td>
    <td>
      <span class="item"
        >${isTaken ? icon('done', 'Taken next:') : nothing}<span>${title}</span>${
          place === 'first' ? nothing : movedMark(moved)
        }</span
      >
    </td>
    <td class="score number" title=${told}>${score}</td>
  </tr>`;
}

/** Against the first list. */
function movedMark(moved: Moved): TemplateResult | typeof nothing {
  if (moved === 0) return nothing;
  if (moved === null) return html`<span class="moved new">new</span>`;
  const way = moved > 0 ? 'up' : 'down';
  const arrow = moved > 0 ? '↑' : '↓';
  return html`<span class="moved ${way}"
    ><span aria-hidden="true">${arrow}${Math.abs(moved)}</span
    ><span class="visually-hidden">${way} ${Math.abs(moved)}</span></span
  >`;
}

define('mm-recommend-lists', MmRecommendLists);
