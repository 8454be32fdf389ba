import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { ANALYSIS_KINDS } from '../../lab/experiment/analyses/analysis-list.ts';
import { withEntry } from '../document/document-edit.ts';
import { outlineOf } from '../document/document-outline.ts';
import { sendEdit } from '../state/events.ts';
import { namedOptions, select } from './form-fields.ts';
import { sharedStyles } from '../style/shared-styles.ts';

/** Kinds that are made of chosen models alone. */
const KINDS = ANALYSIS_KINDS.flatMap(({ kind, form }) =>
  form === undefined ? [] : [{ id: kind, ...form }],
);

/** Puts an analysis of chosen models into the document; the next run computes only what is new. */
export class MmAnalysisForm extends LitElement {
  static override readonly properties = {
    text: { attribute: false },
    kind: { state: true },
    chosen: { state: true },
    base: { state: true },
    locked: { type: Boolean },
  };
  static override readonly styles = [
    sharedStyles,
    css`
      fieldset {
        border: 0;
        padding: 0;
        margin: 12px 0;
      }
      legend {
        font-weight: 550;
        padding: 0;
        margin-bottom: 4px;
      }
      .models {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        max-height: 130px;
        overflow: auto;
      }
    `,
  ];

  declare text: string;
  declare locked: boolean;
  declare private kind: string;
  declare private chosen: readonly string[];
  declare private base: string;

  constructor() {
    super();
    this.text = '';
    this.locked = false;
    this.kind = KINDS[0]?.id ?? '';
    this.chosen = [];
    this.base = 'base';
  }

  protected override render(): TemplateResult {
    const models = modelsOf(this.text);
    const chosen = this.chosen.filter((model) => models.includes(model));
    const { models: needed = null, hasBase = false } = this.asked() ?? {};
    const isReady = needed === null ? chosen.length > 0 : chosen.length === needed;
    return html`<section class="card">
      <header><h2>New analysis</h2></header>
      <div class="row">
        <div class="field wide">
          <label for="kind">What</label>
          ${select('kind', KINDS, this.kind, (value) => {
            this.kind = KINDS.find(({ id }) => id === value)?.id ?? this.kind;
          })}
        </div>
        ${hasBase ? this.bases() : nothing}
      </div>
      <fieldset>
        <legend>Models${needed === null ? '' : `, exactly ${String(needed)}`}</legend>
        <div class="models" tabindex="0" role="group" aria-label="Models">
          ${models.map(
            (model) =>
              html`<label
                ><input
                  type="checkbox"
                  .checked=${chosen.includes(model)}
                  @change=${() => {
                    this.chosen = chosen.includes(model)
                      ? chosen.filter((other) => other !== model)
                      : [...chosen, model];
                  }}
                />
                ${model}</label
              >`,
          )}
        </div>
      </fieldset>
      <div class="row">
        <button
          class="primary"
          ?disabled=${!isReady || this.locked}
          @click=${() => {
            this.add(chosen);
          }}
        >
          Add to the document
        </button>
        <span class="muted">Then run: checkpoints that are stored are not trained again.</span>
      </div>
    </section>`;
  }

  private asked() {
    return KINDS.find(({ id }) => id === this.kind);
  }

  private bases(): TemplateResult {
    const { domains, columns } = outlineOf(this.text);
    const cells = domains.flatMap((domain) => columns.map((name) => `${domain}/${name}`));
    const bases = ['base', ...columns.map((name) => `${name}-mean`), ...cells];
    return html`<div class="field">
      <label for="base">Base of the task vectors</label>
      ${select('base', namedOptions(bases), this.base, (value) => {
        this.base = value;
      })}
    </div>`;
  }

  private add(models: readonly string[]): void {
    const { kind, base } = this;
    const hasBase = this.asked()?.hasBase === true;
    const name = `${kind} ${models.join(' ')}${hasBase ? ` (base = ${base})` : ''}`
      .replace(/[^\p{L}\p{N} ._+&()=-]+/gu, ' ')
      .slice(0, 64)
      .trim();
    const entry = { name, kind, models: [...models], ...(hasBase && { base }) };
    sendEdit(this, () => withEntry(this.text, 'analysis', entry));
  }
}

/** Cells and merges as the results name them. */
function modelsOf(text: string): string[] {
  const { domains, columns, merges } = outlineOf(text);
  const cells = domains.flatMap((domain) => columns.map((name) => `${domain}/${name}`));
  const merged = merges.flatMap(({ name, over }) => {
    if (typeof name !== 'string') return [];
    return over === 'periods' ? domains.map((domain) => `${name} (${domain})`) : [name];
  });
  return [...cells, ...merged];
}

define('mm-analysis-form', MmAnalysisForm);
