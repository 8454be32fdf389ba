import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { shownNotes } from '../../core/notes.ts';
import { define } from '../../charts/define.ts';
import type { SourceForm } from '../../rec/importers/source-kind.ts';
import { DATA_SOURCES } from '../document/data-sources.ts';
import { isRecord, withValue } from '../document/document-edit.ts';
import type { DocumentPath } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import { send, sendEdit } from '../state/events.ts';
import { formatBytes } from '../text/format.ts';
import { icon } from '../style/icons.ts';
import { dropStyles } from '../style/drop-styles.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import { dropZone } from './drop-zone.ts';
import { valueOf } from './form-fields.ts';
import './simulator-form.ts';
import { datasetFor } from '../state/state.ts';
import { isBusy } from '../state/run-phase.ts';
import type { AppState } from '../state/state.ts';

/** Where the data come from: source, settings, column mapping, files. Edits only the document. */
export class MmSource extends LitElement {
  static override readonly properties = { state: { attribute: false }, over: { state: true } };
  static override readonly styles = [
    sharedStyles,
    dropStyles,
    css`
      .columns {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
        gap: 12px;
      }
      .notes {
        padding-inline-start: 18px;
        color: var(--mm-muted);
        font-size: 0.93em;
      }
      .imported {
        display: grid;
        gap: 8px;
      }
    `,
  ];

  declare state: AppState;
  declare private over: boolean;

  constructor() {
    super();
    this.over = false;
  }

  protected override render(): TemplateResult {
    const { source, data } = outlineOf(this.state.document.text);
    const locked = isBusy(this.state.run) || this.state.importing !== null;
    const known = DATA_SOURCES.find((one) => one.id === source);
    return html`<div class="form">
      <div class="field">
        <label for="source">Read from</label>
        <select id="source" ?disabled=${locked} @change=${this.onSource}>
          ${DATA_SOURCES.map(
            ({ id, title }) =>
              html`<option value=${id} ?selected=${id === source}>${title}</option>`,
          )}
          ${
            known === undefined
              ? html`<option value="" selected disabled>not set in the document</option>`
              : nothing
          }
        </select>
      </div>
      ${source === 'simulator' ? html`<mm-simulator .state=${this.state}></mm-simulator>` : nothing}
      ${known?.form === undefined ? nothing : this.mapping(known.form, data, locked)}
      ${known !== undefined && source !== 'simulator' ? this.files(known.files, locked) : nothing}
    </div>`;
  }

  private mapping(
    { columns: asked, timeUnits }: SourceForm,
    data: Readonly<Record<string, unknown>>,
    locked: boolean,
  ): TemplateResult {
    const columns = isRecord(data['columns']) ? data['columns'] : {};
    const unit = typeof data['timeUnit'] === 'string' ? data['timeUnit'] : '';
    return html`<div class="columns">
      ${asked.map(({ name, label, required }) => {
        const value = columns[name];
        return html`<div class="field">
          <label for=${name}>${label}</label>
          <input
            id=${name}
            ?disabled=${locked}
            ?required=${required}
            .value=${typeof value === 'string' ? value : ''}
            @change=${(event: Event) => {
              const text = valueOf(event).trim();
              this.set(['data', 'columns', name], text === '' ? undefined : text);
            }}
          />
        </div>`;
      })}
      <div class="field">
        <label for="unit">Time unit</label>
        <select
          id="unit"
          ?disabled=${locked}
          @change=${(event: Event) => {
            this.set(['data', 'timeUnit'], valueOf(event));
          }}
        >
          ${timeUnits.map(
            ({ id, title }) => html`<option value=${id} ?selected=${id === unit}>${title}</option>`,
          )}
        </select>
      </div>
    </div>`;
  }

  private files(wanted: string, locked: boolean): TemplateResult {
    const { importing } = this.state;
    const dataset = datasetFor(this.state);
    return html`${dropZone(
      {
        over: this.over,
        hover: (over) => {
          this.over = over;
        },
        take: (data) => {
          if (!locked) this.give(data?.files);
        },
      },
      html` <p class="muted">${wanted}</p>
        <button
          type="button"
          ?disabled=${locked}
          @click=${() => {
            this.renderRoot.querySelector<HTMLInputElement>('#files')?.click();
          }}
        >
          ${icon('upload')} Choose files
        </button>
        <input
          id="files"
          type="file"
          multiple
          hidden
          aria-label="Data files"
          @change=${(event: Event) => {
            if (!(event.target instanceof HTMLInputElement)) return;
            this.give(event.target.files);
            event.target.value = '';
          }}
        />
        <p class="small muted">or drop them here. They are read in this tab and sent nowhere.</p>`,
    )}
    ${
      importing !== null
        ? html`<p role="status">
            Reading ${formatBytes(importing.doneBytes)} of ${formatBytes(importing.totalBytes)}
          </p>`
        : dataset === null
          ? this.state.dataset === null
            ? nothing
            : html`<p role="status">
                ${icon('info')} ${this.state.dataset.name} was read with other settings. Give its
                files again to use it with these.
              </p>`
          : html`<div class="imported">
              <div class="row spread">
                <span class="chip ok">${icon('done')} ${dataset.name}</span>
                <button
                  type="button"
                  class="quiet"
                  ?disabled=${locked}
                  @click=${() => {
                    send(this, { type: 'forget-data' });
                  }}
                >
                  Forget this data set
                </button>
              </div>
              <ul class="notes">
                ${shownNotes(dataset.notes).map((note) => html`<li>${note}</li>`)}
              </ul>
            </div>`
    }`;
  }

  private readonly onSource = (event: Event): void => {
    const next = DATA_SOURCES.find((one) => one.id === valueOf(event));
    if (next === undefined) return;
    sendEdit(this, () => withValue(this.state.document.text, ['data'], next.initial));
  };

  private set(path: DocumentPath, value: unknown): void {
    sendEdit(this, () => withValue(this.state.document.text, path, value));
  }

  private give(files: FileList | null | undefined): void {
    if (files !== null && files !== undefined && files.length > 0) {
      send(this, { type: 'import', files: [...files] });
    }
  }
}

define('mm-source', MmSource);
