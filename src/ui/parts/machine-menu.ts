import { css, LitElement, nothing, type TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { EXECUTOR_CHOICES, type SessionReport } from '../../lab/job/events.ts';
import { send } from '../state/events.ts';
import { CHOICE_TITLES, isChoice } from '../browser/executor-choice.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';

/** Which machine runs and why, the choice of another, and how fast this one is. */
export class MmMachineMenu extends LitElement {
  static override readonly properties = {
    session: { attribute: false },
    locked: { attribute: false },
    canProfile: { attribute: false },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      details {
        position: relative;
      }
      summary {
        list-style: none;
        cursor: pointer;
        max-width: min(86vw, 400px);
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary span {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .explain {
        position: absolute;
        bottom: calc(100% + 12px);
        left: 0;
        display: grid;
        gap: 10px;
        width: min(400px, calc(100vw - 40px));
        padding: 12px 14px;
        background: var(--mm-surface);
        border: 1px solid var(--mm-border-strong);
        border-radius: var(--mm-radius-small);
        box-shadow: 0 6px 24px rgb(0 0 0 / 18%);
      }
      .failed {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 12px;
        align-items: center;
      }
      @media (max-width: 560px) {
        summary {
          max-width: calc(100vw - 140px);
        }
      }
    `,
  ];

  declare session: AppState['session'];
  /** While something runs the machine cannot be changed. */
  declare locked: boolean;
  declare canProfile: boolean;

  constructor() {
    super();
    this.session = { status: 'starting', report: null };
    this.locked = false;
    this.canProfile = false;
  }

  protected override render(): TemplateResult {
    const { status, report } = this.session;
    if (status === 'failed') {
      return html`<div class="failed">
        <span class="chip bad">${icon('failed')} Engine not running</span>
        <button
          @click=${() => {
            send(this, { type: 'reconnect' });
          }}
        >
          Restart engine
        </button>
        ${this.choice('auto')}
      </div>`;
    }
    if (report === null) return html`<span class="chip">${icon('queued')} Starting engine</span>`;
    const { profile } = report;
    const { tone, text } = summaryOf(report);
    return html`<details>
      <summary class="chip ${tone}">${icon('chip')} <span>${text}</span></summary>
      <div class="explain">
        <p><strong>${profile.name}</strong></p>
        ${report.reason === '' ? nothing : html`<p>${report.reason}</p>`}
        ${report.hint === '' ? nothing : html`<p>${report.hint}</p>`}
        ${
          profile.kind === 'webgpu' && profile.isSoftware
            ? html`<p>
                The browser draws on the processor instead of a graphics card. Results are right;
                expect to wait. A browser with hardware acceleration turned on is many times faster.
              </p>`
            : nothing
        }
        ${this.choice(report.choice)}
        <button
          ?disabled=${!this.canProfile || this.locked}
          @click=${() => {
            send(this, { type: 'profile' });
            this.renderRoot.querySelector('details')?.removeAttribute('open');
          }}
        >
          Profile one training step
        </button>
        <p class="muted small">
          ${[profile.vendor, profile.architecture, profile.description]
            .filter((text) => text !== '')
            .join(' · ')}
        </p>
      </div>
    </details>`;
  }

  private choice(current: SessionReport['choice']): TemplateResult {
    return html`<div class="field">
      <label for="executor">Compute on</label>
      <select
        id="executor"
        ?disabled=${this.locked}
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          if (isChoice(value)) send(this, { type: 'choose-executor', choice: value });
        }}
      >
        ${EXECUTOR_CHOICES.map(
          (choice) =>
            html`<option value=${choice} .selected=${choice === current}>
              ${CHOICE_TITLES[choice]}
            </option>`,
        )}
      </select>
    </div>`;
  }
}

function summaryOf({ profile, choice }: SessionReport): { tone: string; text: string } {
  if (profile.kind === 'cpu') {
    const why = choice === 'cpu' ? 'your choice' : 'no hardware GPU';
    return { tone: 'warn', text: `${profile.name}: ${why}` };
  }
  return profile.isSoftware
    ? { tone: 'warn', text: 'Software GPU: slow, small models only' }
    : { tone: 'ok', text: profile.name };
}

define('mm-machine-menu', MmMachineMenu);
