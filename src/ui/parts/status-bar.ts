import { css, html, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import { send } from '../events.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { icon } from '../icons.ts';
import { progressText } from '../progress-text.ts';
import { progressOf } from '../selectors.ts';
import { sharedStyles } from '../shared-styles.ts';
import { isBusy } from '../state.ts';
import type { AppState } from '../state.ts';

/** Sticky bottom bar: which machine runs, what it does, how long it takes, how to stop it. */
export class MmStatusBar extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 6px 16px;
        padding: 8px 20px;
        background: var(--mm-surface);
        border-top: 1px solid var(--mm-border);
        min-height: 48px;
      }
      .job {
        flex: 1 1 320px;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 12px;
        min-width: 0;
      }
      .job strong {
        font-weight: 600;
      }
      progress {
        appearance: none;
        flex: 1 1 90px;
        max-width: 260px;
        height: 8px;
        border: 0;
        border-radius: 4px;
        overflow: hidden;
        background: var(--mm-hover);
      }
      progress::-webkit-progress-bar {
        background: var(--mm-hover);
      }
      progress::-webkit-progress-value {
        background: var(--mm-accent);
        border-radius: 4px;
      }
      progress::-moz-progress-bar {
        background: var(--mm-accent);
      }
      .facts {
        color: var(--mm-muted);
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      details {
        position: relative;
      }
      summary {
        list-style: none;
        cursor: pointer;
        max-width: min(86vw, 330px);
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
        width: min(400px, calc(100vw - 40px));
        padding: 12px 14px;
        background: var(--mm-surface);
        border: 1px solid var(--mm-border-strong);
        border-radius: var(--mm-radius-small);
        box-shadow: 0 6px 24px rgb(0 0 0 / 18%);
      }
      .explain p + p {
        margin-top: 6px;
      }
      @media (max-width: 560px) {
        .bar {
          padding: 6px 12px;
        }
        .memory {
          display: none;
        }
        summary {
          max-width: calc(100vw - 140px);
        }
        .bar > button {
          margin-inline-start: auto;
        }
        .job {
          order: 3;
          flex-basis: 100%;
        }
      }
    `,
  ];

  declare state: AppState;

  protected override render(): TemplateResult {
    const { run } = this.state;
    return html`<div class="bar">
      ${this.machine()} ${this.work()}
      ${
        run.memory === null
          ? nothing
          : html`<span class="facts row memory"
              >${icon('memory', 'Buffers')} ${formatBytes(run.memory.liveBytes)}, peak
              ${formatBytes(run.memory.peakBytes)}</span
            >`
      }
      ${
        isBusy(run)
          ? html`<button
              ?disabled=${run.phase === 'stopping'}
              @click=${() => {
                send(this, { type: 'stop' });
              }}
            >
              ${icon('stop')} ${run.phase === 'stopping' ? 'Stopping' : 'Stop'}
            </button>`
          : nothing
      }
    </div>`;
  }

  private machine(): TemplateResult {
    const { status, report } = this.state.session;
    if (status === 'failed') {
      return html`<span class="chip bad">${icon('failed')} Engine not running</span>
        <button
          @click=${() => {
            send(this, { type: 'reconnect' });
          }}
        >
          Restart engine
        </button>`;
    }
    if (report === null) return html`<span class="chip">${icon('queued')} Starting engine</span>`;
    const { profile } = report;
    const [tone, text] =
      profile.kind === 'cpu'
        ? ['warn', 'CPU executor: no WebGPU']
        : profile.isSoftware
          ? ['warn', 'Software GPU: slow, small models only']
          : ['ok', profile.name];
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
        <p class="muted small">
          ${[profile.vendor, profile.architecture, profile.description]
            .filter((text) => text !== '')
            .join(' · ')}
        </p>
      </div>
    </details>`;
  }

  private work(): TemplateResult {
    const { run, importing } = this.state;
    if (importing !== null) {
      const { doneBytes, totalBytes } = importing;
      return html`<div class="job">
        <strong>Reading files</strong>
        <progress
          aria-label="Import"
          max="1"
          .value=${totalBytes > 0 ? doneBytes / totalBytes : 0}
        ></progress>
        <span class="facts">${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}</span>
      </div>`;
    }
    const progress = progressOf(run);
    if (isBusy(run)) {
      const job = progress.current;
      return html`<div class="job">
        <strong
          >${job?.summary.title ?? (run.phase === 'starting' ? 'Starting' : 'Preparing')}</strong
        >
        <progress aria-label="Whole run" max="1" .value=${progress.share}></progress>
        <span class="facts"> ${progressText(progress)} </span>
      </div>`;
    }
    return html`<div class="job muted">
      ${restingText(run.phase, run.seconds, progress.finished, progress.total)}
    </div>`;
  }
}

function restingText(phase: string, seconds: number, finished: number, total: number): string {
  switch (phase) {
    case 'done':
      return `Finished in ${formatDuration(seconds)}.`;
    case 'stopped':
      return `Stopped; ${String(finished)} of ${String(total)} jobs are kept.`;
    case 'failed':
      return `Run failed; ${String(finished)} of ${String(total)} jobs are kept.`;
    default:
      return finished > 0
        ? `Idle; ${String(finished)} of ${String(total)} jobs in the store.`
        : 'Idle.';
  }
}

define('mm-status-bar', MmStatusBar);
