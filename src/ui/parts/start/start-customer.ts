import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { CustomerScene, SceneItem, SceneList } from '../../figures/start-scene.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { startColors } from './start-colors.ts';

/** Lines of a list that are drawn, whether a model answered as much or not. */
const LINES = 5;

/** One customer's history, and what three models would recommend next. */
export class MmStartCustomer extends LitElement {
  static override readonly properties = {
    scene: { attribute: false },
    shops: { attribute: false },
    shares: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    startColors,
    css`
      .history {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: 6px;
        list-style: none;
        min-height: 40px;
      }
      .history li {
        padding: 3px 8px;
        border-radius: var(--mm-radius-small);
        background: var(--mm-sunken);
        font-size: 0.86em;
        line-height: 1.2;
        height: 38px;
      }
      .history span {
        overflow: hidden;
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        line-clamp: 2;
      }
      .label {
        color: var(--mm-muted);
        font-size: 0.9em;
        margin: 2px 0 4px;
      }
      table {
        table-layout: fixed;
        margin-top: 8px;
      }
      thead th {
        color: var(--shop);
        border-bottom: 2px solid var(--shop);
        padding: 4px 8px;
        font-weight: 640;
        white-space: normal;
      }
      th.merged {
        background: var(--mm-merged-soft);
      }
      td {
        height: 39px;
        padding: 0 8px;
        font-size: 0.93em;
        vertical-align: middle;
        line-height: 1.15;
      }
      .item {
        display: flex;
        align-items: center;
        gap: 4px;
        min-width: 0;
      }
      .item > span:first-of-type {
        flex: 1 1 auto;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        line-clamp: 2;
      }
      td.taken {
        background: var(--mm-ok-soft);
        font-weight: 640;
      }
      .moved {
        flex: none;
        font-size: 0.86em;
        color: var(--mm-muted);
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .moved.up {
        color: var(--mm-ok);
      }
      .moved.down {
        color: var(--mm-warn);
      }
      tfoot td {
        border-bottom: none;
        height: 28px;
        color: var(--mm-muted);
        font-size: 0.9em;
      }
      @media (max-width: 640px) {
        .history {
          grid-template-columns: 1fr 1fr;
          min-height: 86px;
        }
        td {
          height: 46px;
          padding-inline: 4px;
          font-size: 0.88em;
        }
        thead th {
          padding-inline: 4px;
        }
        td.taken .icon {
          display: none;
        }
      }
    `,
  ];

  declare scene: CustomerScene | null;
  declare shops: readonly string[];
  /** "50 : 50". */
  declare shares: string;

  constructor() {
    super();
    this.scene = null;
    this.shops = [];
    this.shares = '';
  }

  protected override render(): TemplateResult {
    const { scene, shops } = this;
    const [first = '', second = ''] = shops;
    const lists = scene?.lists ?? [];
    return html`<p class="label" id="history">
        ${
          scene === null || scene.earlier === 0
            ? 'Took, the newest last:'
            : `After ${String(scene.earlier)} others took, the newest last:`
        }
      </p>
      <ul class="history" aria-labelledby="history">
        ${scene?.history.map((title) => html`<li title=${title}><span>${title}</span></li>`)}
      </ul>
      <table>
        <caption class="visually-hidden">
          The five titles that each model recommends next
        </caption>
        <thead>
          <tr>
            <th scope="col" class="first">${first}’ model</th>
            <th scope="col" class="merged">Merged <span class="number">${this.shares}</span></th>
            <th scope="col" class="second">${second}’ model</th>
          </tr>
        </thead>
        <tbody>
          ${Array.from(
            { length: LINES },
            (_, line) =>
              html`<tr>
                ${[0, 1, 2].map((place) => cell(lists[place]?.items[line], place === 1))}
              </tr>`,
          )}
        </tbody>
        <tfoot>
          <tr>
            ${[0, 1, 2].map((place) => html`<td>${rankText(lists[place])}</td>`)}
          </tr>
        </tfoot>
      </table>`;
  }
}

function cell(item: SceneItem | undefined, isMerged: boolean): TemplateResult {
  if (item === undefined) return html`<td></td>`;
  const chance = `${(100 * item.chance).toFixed(1)} %`;
  return html`<td class=${item.isTaken ? 'taken' : ''} title="${item.title}, probability ${chance}">
    <span class="item">
      ${item.isTaken ? icon('done', 'Taken next:') : nothing}
      <span>${item.title}</span>
      ${isMerged ? movedMark(item.moved) : nothing}
    </span>
  </td>`;
}

/** Against the list of the shop's own model. */
function movedMark(moved: number | null): TemplateResult | typeof nothing {
  if (moved === 0) return nothing;
  if (moved === null) return html`<span class="moved">new</span>`;
  const way = moved > 0 ? 'up' : 'down';
  const arrow = moved > 0 ? '↑' : '↓';
  return html`<span class="moved ${way}"
    ><span aria-hidden="true">${arrow}${Math.abs(moved)}</span
    ><span class="visually-hidden">${way} ${Math.abs(moved)}</span></span
  >`;
}

function rankText(list: SceneList | undefined): string {
  if (list === undefined) return '';
  return list.rank === 0 ? 'taken title: not in ten' : `taken title: place ${String(list.rank)}`;
}

define('mm-start-customer', MmStartCustomer);
