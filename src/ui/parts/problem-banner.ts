import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { send } from '../state/events.ts';
import { icon } from '../style/icons.ts';
import { problemText } from './problem-text.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { formatBytes } from '../text/format.ts';
import type { Problem } from '../text/problem.ts';

const SHOWN_FAULTS = 12;

/** One problem: what happened, what to do, where. */
export class MmProblem extends LitElement {
  static override readonly properties = { problem: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      .banner {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 4px 12px;
        padding: 12px 16px;
        border: 1px solid var(--mm-bad);
        border-radius: var(--mm-radius);
        background: var(--mm-bad-soft);
      }
      .banner > .icon {
        color: var(--mm-bad);
        margin-top: 2px;
      }
      ul {
        margin-top: 6px;
        padding-inline-start: 18px;
      }
      .remedies {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 8px;
      }
      strong {
        font-weight: 620;
      }
    `,
  ];

  declare problem: Problem | null;

  constructor() {
    super();
    this.problem = null;
  }

  private remedies({ code, remedies = {} }: Problem): TemplateResult | typeof nothing {
    const { unsaved, others } = remedies;
    if (code === 'version-mismatch') {
      return html`<p class="remedies">
        <button
          @click=${() => {
            send(this, { type: 'reload' });
          }}
        >
          Reload the page
        </button>
      </p>`;
    }
    if (unsaved === undefined && others === undefined) return nothing;
    return html`<p class="remedies">
      ${
        unsaved === undefined
          ? nothing
          : html`<button
              @click=${() => {
                send(this, { type: 'export-checkpoint', ...unsaved });
              }}
            >
              Export "${unsaved.name}"
            </button>`
      }
      ${
        others === undefined
          ? nothing
          : html`<button
              @click=${() => {
                send(this, { type: 'delete-others' });
              }}
            >
              Delete ${others.count} checkpoints of other documents (${formatBytes(others.bytes)})
            </button>`
      }
    </p>`;
  }

  protected override render(): TemplateResult | typeof nothing {
    const problem = this.problem;
    if (problem === null) return nothing;
    return html`<div class="banner" role="alert">
      ${icon('warning', 'Problem')}
      <div>${problemText(problem, SHOWN_FAULTS)} ${this.remedies(problem)}</div>
      <button
        class="quiet"
        aria-label="Dismiss"
        @click=${() => {
          send(this, { type: 'dismiss' });
        }}
      >
        ${icon('close')}
      </button>
    </div>`;
  }
}

define('mm-problem', MmProblem);
