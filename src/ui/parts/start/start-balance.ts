import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { Readout } from '../../figures/start-scene.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { startColors } from './start-colors.ts';

/** Points of Recall from the middle of a bar to its ends; further ones end there. */
const REACH = 20;

/** What the merge costs and gains: a bar a shop, from its own model, with its interval. */
export class MmStartBalance extends LitElement {
  static override readonly properties = { readouts: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    startColors,
    css`
      :host {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 4px 20px;
        min-height: 61px;
      }
      @media (max-width: 640px) {
        :host {
          min-height: 100px;
        }
      }
      strong {
        color: var(--shop);
        font-size: 1.07rem;
        font-weight: 680;
        font-variant-numeric: tabular-nums;
      }
      .bar {
        position: relative;
        height: 10px;
        margin: 4px 0;
        border-radius: 3px;
        background: var(--mm-sunken);
      }
      .bar > span {
        position: absolute;
        inset-block: 0;
      }
      .zero {
        left: 50%;
        width: 2px;
        margin-inline-start: -1px;
        background: var(--mm-border-strong);
      }
      .fill {
        background: var(--shop);
        opacity: 0.55;
      }
      .span {
        inset-block: 3.5px !important;
        height: 3px;
        background: var(--mm-text);
      }
      .change {
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  declare readouts: readonly Readout[];

  constructor() {
    super();
    this.readouts = [];
  }

  protected override render(): TemplateResult {
    return html`${this.readouts.map((readout, at) => {
      const { shop, value, half, change, changeHalf, isClear } = readout;
      const fill = span(Math.min(0, change), Math.max(0, change));
      return html`<div class=${at === 0 ? 'first' : 'second'}>
        <strong>${value.toFixed(1)} ± ${half.toFixed(1)} in ${shop}</strong>
        <div class="bar" aria-hidden="true">
          <span class="fill" style=${fill}></span><span class="zero"></span>
          <span class="span" style=${span(change - changeHalf, change + changeHalf)}></span>
        </div>
        <span class="change small muted"
          >${signed(change)} ± ${changeHalf.toFixed(1)} to its own
          model${isClear ? '' : ', within error'}</span
        >
      </div>`;
    })}`;
  }
}

function span(from: number, to: number): string {
  const at = (value: number) => 50 + (50 * Math.max(-REACH, Math.min(REACH, value))) / REACH;
  return `left: ${at(from).toFixed(2)}%; width: ${(at(to) - at(from)).toFixed(2)}%`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

define('mm-start-balance', MmStartBalance);
