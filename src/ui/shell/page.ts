import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { icon } from '../style/icons.ts';
import type { EditorPreset } from '../parts/document-editor.ts';
import '../parts/prebaked-note.ts';
import '../parts/problem-banner.ts';
import '../parts/profile-panel.ts';
import '../parts/status-bar.ts';
import '../parts/top-bar.ts';
import { isBusy } from '../state/state.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { AppState } from '../state/state.ts';
import '../views/analysis-view.ts';
import '../views/data-view.ts';
import '../views/grid-view.ts';
import '../views/merge-view.ts';
import '../views/results-view.ts';
import '../views/start-view.ts';

/** The whole page as a function of the state: bars, banner, view, live region. */
export class MmPage extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    presets: { attribute: false },
    noticeRead: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        display: grid;
        grid-template-rows: auto 1fr auto;
        grid-template-columns: minmax(0, 1fr);
        min-height: 100dvh;
      }
      mm-top-bar {
        position: sticky;
        top: 0;
        z-index: 2;
      }
      mm-status-bar {
        position: sticky;
        bottom: 0;
        z-index: 2;
      }
      main {
        width: 100%;
        max-width: 1480px;
        margin: 0 auto;
        padding: 20px 20px 32px;
      }
      main:focus {
        outline: none;
      }
      mm-problem,
      mm-profile {
        margin-bottom: var(--mm-gap);
      }
      .notice {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 4px 12px;
        padding: 10px 16px;
        margin-bottom: var(--mm-gap);
        border: 1px solid var(--mm-warn);
        border-radius: var(--mm-radius);
        background: var(--mm-warn-soft);
      }
      .notice > .icon {
        color: var(--mm-warn);
        margin-top: 2px;
      }
      .skip {
        position: absolute;
        left: 12px;
        top: -60px;
        z-index: 3;
      }
      .skip:focus {
        top: 8px;
      }
      @media (max-width: 640px) {
        main {
          padding: 14px 12px 24px;
        }
        mm-top-bar {
          position: static;
        }
      }
    `,
  ];

  declare state: AppState;
  declare presets: readonly EditorPreset[];
  declare private noticeRead: boolean;

  constructor() {
    super();
    this.presets = [];
    this.noticeRead = false;
  }

  protected override render(): TemplateResult {
    const { state } = this;
    return html`
      <button
        class="skip"
        @click=${() => {
          this.renderRoot.querySelector('main')?.focus();
        }}
      >
        Skip to content
      </button>
      <mm-top-bar .view=${state.view}></mm-top-bar>
      <main tabindex="-1">
        ${this.machineNotice()}
        ${
          state.problem === null
            ? nothing
            : html`<mm-problem .problem=${state.problem}></mm-problem>`
        }
        ${
          state.profile === null
            ? nothing
            : html`<mm-profile .profile=${state.profile}></mm-profile>`
        }
        ${
          state.view === 'start' || state.view === 'data' || state.run.prebaked === null
            ? nothing
            : html`<mm-prebaked-note
                .facts=${state.run.prebaked}
                ?busy=${isBusy(state.run)}
              ></mm-prebaked-note>`
        }
        ${this.view()}
      </main>
      <mm-status-bar role="contentinfo" aria-label="Status" .state=${state}></mm-status-bar>
      <p class="visually-hidden" role="status">${state.announcement}</p>
    `;
  }

  /** Why no better machine runs, and what to do about it: a notice, never a wall. */
  private machineNotice(): TemplateResult | typeof nothing {
    const { report } = this.state.session;
    // The start needs no machine, and where a merge is touched there is no room: the status bar says which.
    if (report === null || report.reason === '' || this.noticeRead) return nothing;
    if (this.state.view === 'start' || this.state.view === 'merge') return nothing;
    return html`<aside class="notice" aria-label="About this machine">
      ${icon('info')}
      <p><strong>${report.reason}</strong> ${report.hint}</p>
      <button
        class="quiet"
        aria-label="Dismiss"
        @click=${() => {
          this.noticeRead = true;
        }}
      >
        ${icon('close')}
      </button>
    </aside>`;
  }

  private view(): TemplateResult {
    const { state, presets } = this;
    switch (state.view) {
      case 'start':
        return html`<mm-start-view
          .document=${state.document}
          .demo=${presets[0] ?? null}
          .engine=${state.session.status}
        ></mm-start-view>`;
      case 'data':
        return html`<mm-data-view .state=${state} .presets=${presets}></mm-data-view>`;
      case 'grid':
        return html`<mm-grid-view .state=${state} .presets=${presets}></mm-grid-view>`;
      case 'merge':
        return html`<mm-merge-view .state=${state}></mm-merge-view>`;
      case 'analysis':
        return html`<mm-analysis-view .state=${state}></mm-analysis-view>`;
      case 'results':
        return html`<mm-results-view .state=${state}></mm-results-view>`;
    }
  }
}

define('mm-page', MmPage);
