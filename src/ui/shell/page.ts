import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { AppError } from '../../core/errors.ts';
import { icon } from '../style/icons.ts';
import type { EditorPreset } from '../parts/document-editor.ts';
import '../parts/top-bar.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { send } from '../state/events.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';
import type { ViewName } from '../state/view-names.ts';
import { problemOf } from '../text/problem.ts';
import '../views/start-view.ts';
import { VIEWS } from './view-list.ts';

/** What stands around the views once there is a state. */
function furniture(): Promise<unknown> {
  return Promise.all([
    import('../parts/grid/inspector-drawer.ts'),
    import('../parts/prebaked-note.ts'),
    import('../parts/problem-banner.ts'),
    import('../parts/profile-panel.ts'),
    import('../parts/status-bar.ts'),
  ]);
}

function reload(event: Event): void {
  event.preventDefault();
  location.reload();
}

/**
 * The whole page as a function of the state: bars, banner, view, live region. Without a state it is
 * the start, which needs none; all other code comes with the state, and view by view.
 */
export class MmPage extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    view: { attribute: false },
    isLost: { attribute: false },
    presets: { attribute: false },
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
      mm-status-bar {
        min-height: 49px;
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
        max-width: min(2200px, max(1480px, 92vw));
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

  /** Null until there is something to work with. */
  declare state: AppState | null;
  /** What is shown; the state's own once there is one. */
  declare view: ViewName;
  /** The rest of the page did not come. */
  declare isLost: boolean;
  declare presets: readonly EditorPreset[];
  private furniture: Promise<void> | null = null;
  private fetching: Promise<void> | null = null;
  private fetchedView: ViewName = 'start';

  constructor() {
    super();
    this.state = null;
    this.view = 'start';
    this.isLost = false;
    this.presets = [];
  }

  protected override render(): TemplateResult {
    const { state } = this;
    const view = state?.view ?? this.view;
    return html`
      <button
        class="skip"
        @click=${() => {
          this.renderRoot.querySelector('main')?.focus();
        }}
      >
        Skip to content
      </button>
      <mm-top-bar .view=${view}></mm-top-bar>
      <main tabindex="-1" aria-busy=${state === null && !this.isLost ? 'true' : 'false'}>
        ${this.isLost ? this.lost() : nothing}
        ${
          state === null || state.problem === null
            ? nothing
            : html`<mm-problem .problem=${state.problem}></mm-problem>`
        }
        ${
          state === null || state.profile === null
            ? nothing
            : html`<mm-profile .profile=${state.profile}></mm-profile>`
        }
        ${
          state === null || view === 'start' || view === 'data' || state.run.prebaked === null
            ? nothing
            : html`<mm-prebaked-note
                .facts=${state.run.prebaked}
                ?busy=${isBusy(state.run)}
              ></mm-prebaked-note>`
        }
        ${this.viewOf(view)}
      </main>
      ${
        state === null || state.view === 'start'
          ? nothing
          : html`<mm-inspector-drawer
              .state=${state}
              ?beside=${state.view === 'grid'}
            ></mm-inspector-drawer>`
      }
      <mm-status-bar role="contentinfo" aria-label="Status" .state=${state}></mm-status-bar>
      <p class="visually-hidden" role="status">${state?.announcement ?? ''}</p>
    `;
  }

  protected override willUpdate(): void {
    const { state } = this;
    if (state === null) return;
    this.furniture ??= this.fetched(furniture());
    if (state.view === this.fetchedView) return;
    this.fetchedView = state.view;
    if (state.view !== 'start') this.fetching = this.fetched(VIEWS[state.view].load());
  }

  /** With the code of everything shown. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const isComplete = await super.getUpdateComplete();
    await Promise.all([this.furniture, this.fetching]);
    return isComplete;
  }

  /** Code that does not come is told; the other views go on. */
  private async fetched(code: Promise<unknown>): Promise<void> {
    try {
      await code;
    } catch (error) {
      const problem = problemOf(
        new AppError('network-failed', 'A part of the page could not be fetched.', {
          hint: 'Nothing was lost. Look whether the page’s server can be reached, then reload the page.',
          cause: error,
        }),
      );
      send(this, { type: 'problem', problem });
    }
  }

  private lost(): TemplateResult {
    return html`<aside class="notice" role="alert">
      ${icon('warning')}
      <p>
        <strong>The engine could not be fetched.</strong> What you see was computed before, and
        nothing was lost. Look whether the page’s server can be reached, then
        <a href="" @click=${reload}>reload the page</a>.
      </p>
    </aside>`;
  }

  private viewOf(view: ViewName): TemplateResult | typeof nothing {
    const { state, presets } = this;
    if (view === 'start') {
      return html`<mm-start-view
        .document=${state?.document ?? null}
        .demo=${presets[0] ?? null}
        .engine=${state?.session.status ?? 'starting'}
      ></mm-start-view>`;
    }
    return state === null ? nothing : VIEWS[view].draw(state, presets);
  }
}

define('mm-page', MmPage);
