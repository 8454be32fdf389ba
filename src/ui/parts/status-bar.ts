import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { send } from '../state/events.ts';
import { formatBytes, formatDuration } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import { progressText } from '../state/progress-text.ts';
import { canRun, progressOf } from '../state/selectors.ts';
import './machine-menu.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';

/** Sticky bottom bar: which machine runs, what it does, how long it takes, how to stop it. */
export class MmStatusBar extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [
    sharedStyles,
    css`
      .bar {
        display: flex;
        align-items: center;
        gap: 6px 16px;
        padding: 0 20px;
        background: var(--mm-surface);
        border-top: 1px solid var(--mm-border);
        /* Of one height, whatever it says: the views above would move with it. */
        height: 49px;
      }
      .job {
        flex: 1 1 320px;
        display: flex;
        align-items: center;
        gap: 2px 12px;
        min-width: 0;
        overflow: hidden;
      }
      .job strong,
      .job.muted {
        font-weight: 600;
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .job.muted {
        font-weight: inherit;
      }
      /* Its numbers change four times a second: what stands beside them does not move. */
      .job .facts {
        min-width: min(420px, 50%);
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
      @media (max-width: 1100px) {
        .memory {
          display: none;
        }
      }
      @media (max-width: 560px) {
        .bar {
          flex-wrap: wrap;
          align-content: center;
          height: 84px;
          padding: 0 12px;
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
      <mm-machine-menu
        .session=${this.state.session}
        .locked=${isBusy(run) || this.state.profile === 'running'}
        .canProfile=${canRun(this.state)}
      ></mm-machine-menu>
      ${this.work()}
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
      ${
        run.prebaked !== null && run.phase === 'recalled'
          ? 'Results that came with the page; nothing was trained here yet.'
          : restingText(run.phase, run.seconds, progress.finished, progress.total)
      }
    </div>`;
  }
}

function restingText(phase: string, seconds: number, finished: number, total: number): string {
  switch (phase) {
    case 'done':
      return `Finished in ${formatDuration(seconds)}.`;
    case 'recalled':
      return finished === total
        ? 'Results of an earlier run, from this browser.'
        : `${String(finished)} of ${String(total)} jobs are here from an earlier run; Continue makes the rest.`;
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
