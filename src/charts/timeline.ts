import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { html } from './html.ts';
import { chartStyles } from './chart-styles.ts';
import { define } from './define.ts';

export interface TimelinePeriod {
  readonly name: string;
  /** ms UTC; NaN when unknown. */
  readonly startMs: number;
  readonly endMs: number;
  readonly isTest: boolean;
  readonly interactions: number | null;
}

/**
 * Stages and test window as one bar. Widths grow with the square root of the duration: a quarter
 * beside a five-year pretraining period would otherwise be a hair line.
 */
export class MmTimeline extends LitElement {
  static override readonly properties = { periods: { attribute: false } };
  static override readonly styles = [
    chartStyles,
    css`
      ol {
        display: flex;
        flex-wrap: wrap;
        gap: 3px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        flex: 1 1 165px;
        padding: 8px 9px;
        border-radius: 6px;
        background: var(--mm-accent-soft);
        border: 1px solid transparent;
        min-width: 0;
      }
      li.test {
        background: var(--mm-surface);
        border: 1px dashed var(--mm-border-strong);
      }
      strong {
        font-weight: 620;
      }
      i {
        font-style: normal;
        white-space: nowrap;
      }
      span {
        display: block;
        font-size: 0.9em;
        color: var(--mm-muted);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  periods: readonly TimelinePeriod[] = [];

  protected override render(): TemplateResult {
    return html`<ol>
      ${this.periods.map(
        (period) =>
          html`<li
            class=${period.isTest ? 'test' : ''}
            style=${styleMap({ flexGrow: grow(period) })}
          >
            <strong>${period.name}</strong>
            <span><i>${day(period.startMs)}</i> – <i>${day(period.endMs)}</i></span>
            ${
              period.interactions === null
                ? nothing
                : html`<span>${period.interactions.toLocaleString('en')} interactions</span>`
            }
          </li>`,
      )}
    </ol>`;
  }
}

function grow(period: TimelinePeriod): string {
  const days = (period.endMs - period.startMs) / 86_400_000;
  return Number.isFinite(days) && days > 0 ? Math.sqrt(days).toFixed(2) : '1';
}

function day(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString().slice(0, 10) : '?';
}

define('mm-timeline', MmTimeline);
