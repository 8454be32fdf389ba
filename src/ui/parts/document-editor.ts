import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { shownNotes } from '../../core/notes.ts';
import { define } from '../../charts/define.ts';
import { send } from '../state/events.ts';
import { formatCount } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';

export interface EditorPreset {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What the button that runs it says; `Run` where it is absent. */
  readonly runLabel?: string;
}

const TAB = '  ';

/** The experiment document as text, its verdict and the presets. Everything else edits this text. */
export class MmDocument extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    presets: { attribute: false },
    rows: { type: Number },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      textarea {
        display: block;
        width: 100%;
        font-family: var(--mm-mono);
        font-size: 12.5px;
        line-height: 1.5;
        tab-size: 2;
        white-space: pre;
        overflow: auto;
        resize: vertical;
        padding: 10px 12px;
        background: var(--mm-sunken);
        border-color: var(--mm-border-strong);
      }
      .top {
        margin-bottom: 10px;
      }
      .top select {
        flex: 1 1 160px;
      }
      .verdict {
        margin-top: 10px;
      }
      ul {
        list-style: none;
        display: grid;
        gap: 4px;
        margin-top: 8px;
        max-height: 240px;
        overflow: auto;
      }
      li button {
        display: block;
        width: 100%;
        text-align: start;
        font-weight: 400;
        border-color: var(--mm-border);
        background: var(--mm-bad-soft);
      }
      li button code {
        display: block;
        font-weight: 600;
      }
    `,
  ];

  declare state: AppState;
  declare presets: readonly EditorPreset[];
  declare rows: number;

  constructor() {
    super();
    this.presets = [];
    this.rows = 22;
  }

  protected override render(): TemplateResult {
    const { document: doc } = this.state;
    return html`
      <div class="row top">
        <label for="preset">Preset</label>
        <select id="preset" ?disabled=${isBusy(this.state.run)} @change=${this.onPreset}>
          ${this.presets.map(
            (preset) =>
              html`<option value=${preset.id} ?selected=${preset.id === doc.preset}>
                ${preset.title}
              </option>`,
          )}
          <option value="" ?selected=${doc.preset === null} disabled>Edited document</option>
        </select>
      </div>
      <label class="visually-hidden" for="text">Experiment document (YAML)</label>
      <textarea
        id="text"
        rows=${this.rows}
        spellcheck="false"
        autocapitalize="off"
        autocomplete="off"
        wrap="off"
        aria-describedby="verdict"
        .value=${doc.text}
        @input=${this.onInput}
        @keydown=${this.onKey}
      ></textarea>
      <div class="verdict" id="verdict">${this.verdict()}</div>
    `;
  }

  /** Those of the import stand beside its files. */
  private notesOf({ notes }: { readonly notes: readonly string[] }): readonly string[] {
    const imported = new Set(shownNotes(this.state.dataset?.notes ?? []));
    return notes.filter((note) => !imported.has(note));
  }

  private verdict(): TemplateResult {
    const { inspection } = this.state.document;
    if (inspection === null && this.state.session.status === 'failed') {
      return html`<span class="muted line"
        >${icon('warning')} Not checked: the engine is not running</span
      >`;
    }
    if (inspection === null) {
      return html`<span class="muted line">${icon('queued')} Checking the document</span>`;
    }
    if (inspection.ok) {
      return html`<span class="line ok"
          >${icon('done')} Valid: ${formatCount(inspection.jobs.length)} jobs,
          ${formatCount(inspection.parameters)} parameters a model</span
        >
        ${this.notesOf(inspection).map((note) => html`<p class="muted small">${note}</p>`)}`;
    }
    const count = inspection.faults.length;
    return html`<span class="line bad"
        >${icon('failed')} ${count === 1 ? '1 fault' : `${String(count)} faults`}</span
      >
      <ul>
        ${inspection.faults.map(
          (fault) =>
            html`<li>
              <button
                title="Show in the document"
                @click=${() => {
                  this.showPlace(fault.place);
                }}
              >
                <code>${fault.place}</code>${fault.message}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  private readonly onInput = (event: Event): void => {
    if (event.target instanceof HTMLTextAreaElement) {
      send(this, { type: 'edit', text: event.target.value, preset: null });
    }
  };

  private readonly onPreset = (event: Event): void => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const id = event.target.value;
    const preset = this.presets.find((one) => one.id === id);
    if (preset !== undefined) send(this, { type: 'edit', text: preset.text, preset: preset.id });
  };

  /** Tab indents only while text is selected: with the caret alone it moves focus, as it must. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const area = event.target;
    if (!(area instanceof HTMLTextAreaElement) || event.key !== 'Tab' || event.shiftKey) return;
    const { selectionStart, selectionEnd } = area;
    if (selectionStart === selectionEnd) return;
    event.preventDefault();
    const lineStart = area.value.lastIndexOf('\n', selectionStart - 1) + 1;
    const block = area.value.slice(lineStart, selectionEnd);
    area.setRangeText(block.replaceAll(/^/gm, TAB), lineStart, selectionEnd, 'select');
    send(this, { type: 'edit', text: area.value, preset: null });
  };

  private showPlace(place: string): void {
    const area = this.renderRoot.querySelector('textarea');
    const match = /line (\d+)(?::(\d+))?/.exec(place);
    if (area === null || match === null) return;
    const line = Number(match[1]);
    const lines = area.value.split('\n');
    const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[line - 1] ?? '').length);
    area.scrollTop = Math.max(0, (line - 4) * (area.scrollHeight / Math.max(1, lines.length)));
  }
}

define('mm-document', MmDocument);
