import { css, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import { send } from '../../state/events.ts';
import type { AppState } from '../../state/state.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import './model-inspector.ts';

/** The inspector over the right edge of any view; Escape or × closes it, and focus goes back. */
export class MmInspectorDrawer extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    beside: { type: Boolean, reflect: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      aside {
        position: fixed;
        inset: 64px 12px 64px auto;
        width: min(360px, calc(100vw - 24px));
        z-index: 3;
        overflow: auto;
        box-shadow: 0 8px 32px rgb(0 0 0 / 24%);
      }
      header button {
        align-self: center;
      }
      /* A view that has room shows it in its own column. */
      @media (min-width: 1200px) {
        :host([beside]) {
          display: none;
        }
      }
    `,
  ];

  declare state: AppState;
  /** Whether the view has a column for it on wide screens. */
  declare beside: boolean;
  private focusBefore: HTMLElement | null = null;

  constructor() {
    super();
    this.beside = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('state') && (changed.get('state')?.inspected ?? null) === null) {
      if (this.state.inspected !== null) this.focusBefore = focusedElement();
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('state')) return;
    const was = changed.get('state')?.inspected ?? null;
    const is = this.state.inspected;
    if (was === null && is !== null) this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
    if (was !== null && is === null) this.focusBefore?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const job = this.state.run.jobs[this.state.inspected ?? ''];
    if (job === undefined) return nothing;
    return html`<aside class="card" aria-labelledby="title" @keydown=${this.onKey}>
      <header>
        <h2 id="title" tabindex="-1">Inspector</h2>
        <button class="quiet" aria-label="Close the inspector" @click=${this.close}>
          ${icon('close')}
        </button>
      </header>
      <mm-inspector .state=${this.state} .job=${job}></mm-inspector>
    </aside>`;
  }

  private readonly close = (): void => {
    send(this, { type: 'inspect', id: null });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') this.close();
  };
}

/** Through shadow roots. */
function focusedElement(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}

define('mm-inspector-drawer', MmInspectorDrawer);
