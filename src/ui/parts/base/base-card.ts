import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import type { BaseLoading } from '../../state/base-state.ts';
import { baseSourceOf, startOf, withBaseSource } from '../../state/base-state.ts';
import { droppedFiles, pickedFiles } from '../../session/dropped-files.ts';
import type { FileAtPath } from '../../state/events.ts';
import { send, sendEdit } from '../../state/events.ts';
import { formatBytes, formatShare } from '../../text/format.ts';
import { icon } from '../../style/icons.ts';
import { problemOf } from '../../text/problem.ts';
import { dropStyles } from '../../style/drop-styles.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { isBusy } from '../../state/run-phase.ts';
import type { AppState } from '../../state/state.ts';
import type { Problem } from '../../text/problem.ts';
import { dropZone } from '../drop-zone.ts';
import { problemText } from '../problem-text.ts';
import { valueOf } from '../form-fields.ts';
import { baseCardStyles } from './base-card-styles.ts';
import { baseFacts } from './base-facts.ts';
import { baseSources } from './base-sources.ts';
import './hub-form.ts';

const SHOWN_FAULTS = 8;

/** What the cells start from; where it is an own language model, its files or its name on a hub. */
export class MmBase extends LitElement {
  static override readonly properties = { state: { attribute: false }, over: { state: true } };
  static override readonly styles = [sharedStyles, dropStyles, baseCardStyles];

  declare state: AppState;
  declare private over: boolean;

  constructor() {
    super();
    this.over = false;
  }

  protected override render(): TemplateResult {
    const source = baseSourceOf(this.state.document.text);
    const sources = baseSources(this.state.document.text);
    const known = sources.find(({ id }) => id === source);
    const locked = isBusy(this.state.run) || this.state.base.loading !== null;
    return html`<div class="form">
      <div class="field">
        <label for="start">All cells start from</label>
        <select id="start" ?disabled=${locked} @change=${this.onSource}>
          ${sources.map(
            ({ id, title }) =>
              html`<option value=${id} ?selected=${id === source}>${title}</option>`,
          )}
          ${
            known === undefined
              ? html`<option value="" selected disabled>not clear in the document</option>`
              : nothing
          }
        </select>
        ${known === undefined ? nothing : html`<p class="help">${known.help}</p>`}
      </div>
      ${source === 'import' ? this.model(locked) : nothing}
    </div>`;
  }

  private model(locked: boolean): TemplateResult {
    const { loading, opened, problem, kept } = this.state.base;
    const isOfHub = startOf(this.state.document.text).files?.isOfHub === true;
    return html`
      ${problem === null ? nothing : failure(problem)}
      ${loading === null ? nothing : this.progress(loading)}
      ${opened === null ? nothing : this.opened(locked)}
      ${opened !== null || loading !== null ? nothing : this.picker(locked)}
      <mm-hub
        ?hidden=${opened !== null || loading !== null || !isOfHub}
        .kept=${kept}
        .locked=${locked}
      ></mm-hub>
    `;
  }

  private picker(locked: boolean): TemplateResult {
    return dropZone(
      {
        over: this.over,
        hover: (over) => {
          this.over = over;
        },
        take: (data) => {
          if (!locked) void this.drop(data);
        },
      },
      html` <p class="muted">${startOf(this.state.document.text).files?.files ?? ''}</p>
        <div class="row">
          ${this.chooser('folder', 'Choose a folder', locked)}
          ${this.chooser('files', 'Choose files', locked)}
        </div>
        <p class="small muted">or drop them here. They are read in this tab and sent nowhere.</p>`,
    );
  }

  private chooser(id: 'folder' | 'files', label: string, locked: boolean): TemplateResult {
    return html`<button
        type="button"
        ?disabled=${locked}
        @click=${() => {
          this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.click();
        }}
      >
        ${icon('upload')} ${label}
      </button>
      <input
        id=${id}
        type="file"
        multiple
        hidden
        ?webkitdirectory=${id === 'folder'}
        aria-label=${id === 'folder' ? 'Folder of the checkpoint' : 'Files of the checkpoint'}
        @change=${(event: Event) => {
          if (!(event.target instanceof HTMLInputElement)) return;
          this.give(pickedFiles(event.target.files));
          event.target.value = '';
        }}
      />`;
  }

  private progress({
    step,
    title,
    doneBytes,
    totalBytes,
    file,
    need,
  }: BaseLoading): TemplateResult {
    const what = { ask: 'Asking for', download: 'Downloading', read: 'Reading' }[step];
    const known = totalBytes > 0;
    const amount = `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, ${formatShare(doneBytes / totalBytes)}`;
    return html`<div role="group" aria-label="Progress" class="form">
      <p>
        <strong>${what} ${title}</strong>
        ${known ? html`<span class="number">${amount}</span>` : nothing}
        ${file === '' ? nothing : html`<span class="muted">${file}</span>`}
      </p>
      ${need === undefined ? nothing : html`<p class="small need">${need}</p>`}
      <progress
        aria-label="${what} ${title}"
        max="1"
        .value=${known ? doneBytes / totalBytes : 0}
      ></progress>
      <div>
        <button
          type="button"
          @click=${() => {
            send(this, { type: 'cancel-base' });
          }}
        >
          ${icon('stop')} Cancel
        </button>
      </div>
    </div>`;
  }

  private opened(locked: boolean): TemplateResult {
    const { opened } = this.state.base;
    if (opened === null) return html``;
    return html`<div class="row spread">
        <span class="chip ok">${icon('done')} ${opened.title}</span>
        <button
          type="button"
          class="quiet"
          ?disabled=${locked}
          @click=${() => {
            send(this, { type: 'forget-base' });
          }}
        >
          Take another one
        </button>
      </div>
      <dl class="facts number">
        ${baseFacts(opened.summary).map(
          ([term, fact]) =>
            html`<dt>${term}</dt>
              <dd>${fact}</dd>`,
        )}
      </dl>`;
  }

  private async drop(data: DataTransfer | null): Promise<void> {
    try {
      this.give(await droppedFiles(data));
    } catch (error) {
      send(this, { type: 'problem', problem: problemOf(error) });
    }
  }

  private give(files: readonly FileAtPath[]): void {
    if (files.length > 0) send(this, { type: 'open-base', files });
  }

  private readonly onSource = (event: Event): void => {
    const next = baseSources(this.state.document.text).find(({ id }) => id === valueOf(event));
    if (next === undefined) return;
    sendEdit(this, () => withBaseSource(this.state.document.text, next.id));
  };
}

function failure(problem: Problem): TemplateResult {
  return html`<div class="failed" role="alert">
    ${icon('warning', 'Problem')} ${problemText(problem, SHOWN_FAULTS)}
  </div>`;
}

define('mm-base', MmBase);
