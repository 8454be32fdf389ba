import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../../charts/define.ts';
import { html } from '../../../charts/html.ts';
import type { TypedHistory } from '../../state/recommend-state.ts';
import { icon } from '../../style/icons.ts';
import { sharedStyles } from '../../style/shared-styles.ts';

/** Titles of a history that somebody types, oldest first. */
export class HistoryEvent extends CustomEvent<readonly string[]> {
  static readonly type = 'mm-history';

  constructor(titles: readonly string[]) {
    super(HistoryEvent.type, { detail: titles, bubbles: true, composed: true });
  }
}

/** Suggestions that are offered at a time. */
const OFFERED = 30;

/** A history made of titles: typed with suggestions, or pasted, a title a line. */
export class MmHistoryEditor extends LitElement {
  static override readonly properties = {
    typed: { attribute: false },
    names: { attribute: false },
    history: { attribute: false },
    longest: { attribute: false },
    draft: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      form {
        display: flex;
        gap: 8px;
      }
      input {
        flex: 1 1 auto;
      }
      ol {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        list-style: none;
        margin: 8px 0;
      }
      .chip {
        white-space: normal;
        padding-inline-end: 2px;
      }
      .chip button {
        min-height: 24px;
        min-width: 24px;
        padding: 2px;
      }
    `,
  ];

  declare typed: readonly string[];
  /** What items are called, each by a name of its own. */
  declare names: readonly string[];
  /** What became of the titles. */
  declare history: TypedHistory | null;
  declare longest: number;
  declare private draft: string;

  constructor() {
    super();
    this.typed = [];
    this.names = [];
    this.history = null;
    this.longest = 0;
    this.draft = '';
  }

  protected override render(): TemplateResult {
    const unknown = this.history?.unknown ?? [];
    const older = this.history?.older ?? 0;
    return html`<form
        @submit=${(event: Event) => {
          event.preventDefault();
          this.add(this.draft);
        }}
      >
        <label class="visually-hidden" for="title">Title to add</label>
        <input
          id="title"
          list="titles"
          autocomplete="off"
          placeholder="Type a title, or paste one a line"
          .value=${this.draft}
          @input=${(event: Event) => {
            if (event.target instanceof HTMLInputElement) this.draft = event.target.value;
          }}
          @paste=${this.onPaste}
        />
        <datalist id="titles">
          ${this.suggestions().map((name) => html`<option value=${name}></option>`)}
        </datalist>
        <button ?disabled=${this.draft.trim() === ''}>Add</button>
      </form>
      <ol aria-label="Typed history, the newest last">
        ${this.typed.map(
          (title, at) =>
            html`<li class="chip ${unknown.includes(title) ? 'warn' : ''}">
              ${unknown.includes(title) ? icon('warning', 'Unknown:') : nothing}
              <span>${title}</span>
              <button
                class="quiet"
                aria-label="Remove ${title}"
                @click=${() => {
                  this.tell(this.typed.filter((_, place) => place !== at));
                }}
              >
                ${icon('close')}
              </button>
            </li>`,
        )}
      </ol>
      <p class="small ${unknown.length > 0 ? 'warn' : 'muted'}" role="status">
        ${this.rule(unknown, older)}
      </p>`;
  }

  /** What is asked about, and what is not. */
  private rule(unknown: readonly string[], older: number): string {
    const known = this.history?.items.length ?? 0;
    const parts = [
      known === 0 ? `Nothing is asked yet: give 1 to ${String(this.longest)} titles.` : '',
      unknown.length === 0
        ? ''
        : `No item of this domain is called ${unknown.map((title) => `“${title}”`).join(', ')}; left out.`,
      older === 0
        ? ''
        : `The models read the newest ${String(this.longest)}: ${String(older)} older left out.`,
    ].filter((part) => part !== '');
    return parts.length > 0 ? parts.join(' ') : 'Oldest first. What was taken next is not known.';
  }

  private suggestions(): readonly string[] {
    const wanted = this.draft.trim().toLowerCase();
    if (wanted === '') return this.names.filter((name) => name !== '').slice(0, OFFERED);
    const starts = this.names.filter((name) => name.toLowerCase().startsWith(wanted));
    const holds = this.names.filter((name) => name.toLowerCase().includes(wanted));
    return [...new Set([...starts, ...holds])].slice(0, OFFERED);
  }

  private readonly onPaste = (event: ClipboardEvent): void => {
    const lines = event.clipboardData?.getData('text').split(/\r?\n/) ?? [];
    if (lines.length < 2) return;
    event.preventDefault();
    this.tell([...this.typed, ...lines.map((one) => one.trim()).filter((one) => one !== '')]);
  };

  private add(title: string): void {
    if (title.trim() === '') return;
    this.draft = '';
    this.tell([...this.typed, title.trim()]);
  }

  private tell(titles: readonly string[]): void {
    this.dispatchEvent(new HistoryEvent(titles));
  }
}

define('mm-history-editor', MmHistoryEditor);
