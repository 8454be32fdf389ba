import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { LiveBar } from '../../figures/live-scene.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { colorOf, liveColors } from './live-colors.ts';

/** A metric of the merge as a bar a domain, beside its own model on the same users, with intervals. */
export class MmLiveBars extends LitElement {
  static override readonly properties = {
    bars: { attribute: false },
    title: { type: String },
    better: { type: String },
  };
  static override readonly styles = [
    sharedStyles,
    liveColors,
    css`
      h3 {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        margin-bottom: 4px;
      }
      h3 span {
        font-weight: 400;
        color: var(--mm-muted);
      }
      .rows {
        display: grid;
        grid-template-columns: minmax(48px, auto) minmax(60px, 1fr) auto;
        gap: 1px 8px;
        align-items: center;
        font-variant-numeric: tabular-nums;
      }
      .rows > :not(.change) {
        white-space: nowrap;
      }
      .name {
        color: var(--domain);
        font-weight: 650;
      }
      .bar {
        position: relative;
        height: 9px;
        border-radius: 3px;
        background: var(--mm-sunken);
      }
      .bar > span {
        position: absolute;
        inset-block: 0;
        border-radius: 3px;
      }
      .fill {
        background: var(--domain);
      }
      .parent .fill {
        opacity: 0.32;
      }
      .bar > .interval {
        inset-block: 3px;
        height: 3px;
        background: var(--mm-text);
      }
      .change {
        grid-column: 2 / -1;
        margin-bottom: 5px;
      }
      .better {
        color: var(--mm-ok);
      }
      .worse {
        color: var(--mm-bad);
      }
    `,
  ];

  declare bars: readonly LiveBar[];
  declare title: string;
  /** Which direction is better, in a word. */
  declare better: string;

  constructor() {
    super();
    this.bars = [];
    this.title = '';
    this.better = '';
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.bars.length === 0) return nothing;
    const ends = this.bars.flatMap(({ merge, parent }) => [
      merge.value + merge.half,
      parent.value + parent.half,
    ]);
    const top = Math.max(...ends) * 1.02 || 1;
    return html`<h3>${this.title} <span class="small">${this.better} is better</span></h3>
      <div class="rows">
        ${this.bars.map(
          ({ domain, merge, parent, change, verdict }, at) => html`
            <span class="name ${colorOf(at)}">${domain}</span>
            <span class="bar ${colorOf(at)}" aria-hidden="true">${bar(merge, top)}</span>
            <strong>${merge.text}</strong>
            <span class="muted small">own model</span>
            <span class="bar parent ${colorOf(at)}" aria-hidden="true">${bar(parent, top)}</span>
            <span class="muted">${parent.text}</span>
            <span
              class="change small ${verdict === 'better' || verdict === 'worse' ? verdict : 'muted'}"
              >${change === '' ? nothing : `${change}${verdict === '' ? '' : `, ${verdict}`}`}</span
            >
          `,
        )}
      </div>`;
  }
}

function bar({ value, half }: LiveBar['merge'], top: number): TemplateResult {
  const percent = (part: number) => (100 * Math.max(0, Math.min(top, part))) / top;
  const [from, to] = [percent(value - half), percent(value + half)];
  return html`<span class="fill" style="left: 0; width: ${percent(value).toFixed(2)}%"></span>${
      half === 0
        ? nothing
        : html`<span
            class="interval"
            style="left: ${from.toFixed(2)}%; width: ${(to - from).toFixed(2)}%"
          ></span>`
    }`;
}

define('mm-live-bars', MmLiveBars);
