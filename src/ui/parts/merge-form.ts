import { html, LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import type { MergeEntry } from '../document-edit.ts';
import { icon } from '../icons.ts';
import {
  baseIsMoot,
  basesFor,
  entryOf,
  formFault,
  initialForm,
  mergeName,
  withMethod,
} from '../merge-form-state.ts';
import type { KnownMerges, MergeFormState } from '../merge-form-state.ts';
import { MERGE_METHODS } from '../merge-methods.ts';
import type { MethodParameter } from '../merge-methods.ts';
import { sharedStyles } from '../shared-styles.ts';
import { mergeFormStyles } from './merge-form-styles.ts';

export class MergeEvent extends CustomEvent<MergeEntry> {}

/** Builds one entry of the document's `merges`; emits it as `merge`. */
export class MmMergeForm extends LitElement {
  static override readonly properties = {
    domains: { attribute: false },
    stages: { attribute: false },
    merges: { attribute: false },
    blocked: { type: Boolean },
    form: { state: true },
  };
  static override readonly styles = [sharedStyles, mergeFormStyles];

  declare domains: readonly string[];
  declare stages: readonly string[];
  /** Merges that the document has: a made name never is that of another one. */
  declare merges: KnownMerges;
  declare blocked: boolean;
  declare private form: MergeFormState | null;

  constructor() {
    super();
    this.domains = [];
    this.stages = [];
    this.merges = [];
    this.blocked = false;
    this.form = null;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const known = this.form?.models.map((model) => model.domain).join('\u0000');
    const stale =
      (changed.has('domains') && known !== this.domains.join('\u0000')) ||
      (changed.has('stages') && this.form !== null && !this.stages.includes(this.form.stage));
    if (this.form === null || stale) {
      this.form = initialForm(this.domains, this.stages, this.form?.method);
    }
  }

  protected override render(): TemplateResult {
    const form = this.form;
    if (form === null) return html`<p class="muted">The grid has no cells to merge yet.</p>`;
    const fault = formFault(form);
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        if (fault === '' && !this.blocked) this.emit(form);
      }}
    >
      <div class="field">
        <label for="method">Method</label>
        <select
          id="method"
          @change=${(event: Event) => {
            this.form = withMethod(form, valueOf(event));
          }}
        >
          ${MERGE_METHODS.map(
            (method) =>
              html`<option value=${method.id} ?selected=${method.id === form.method.id}>
                ${method.title}
              </option>`,
          )}
        </select>
        <span class="help">${form.method.summary}</span>
      </div>
      <div class="pair">
        <div class="field">
          <label for="stage">${form.method.over === 'domains' ? 'Stage' : 'Up to stage'}</label>
          <select
            id="stage"
            @change=${(event: Event) => {
              this.patch({ stage: valueOf(event) });
            }}
          >
            ${(form.method.over === 'domains' ? this.stages : this.stages.slice(1)).map(
              (stage) =>
                html`<option value=${stage} ?selected=${stage === form.stage}>${stage}</option>`,
            )}
          </select>
        </div>
        ${this.baseField(form)}
      </div>
      ${
        baseIsMoot(form)
          ? html`<p class="note">
              ${icon('info')}
              <span
                >The base has no effect here: the method is linear and λ Σw = 1, so the base
                cancels. Change λ, switch normalising off, or use TIES.</span
              >
            </p>`
          : nothing
      }
      <fieldset>
        <legend>${form.method.hasWeights ? 'Models and weights' : 'Domains'}</legend>
        ${form.models.map((model, index) => this.modelRow(form, model, index))}
        ${
          form.method.hasWeights
            ? html`<label class="row"
                ><input
                  type="checkbox"
                  .checked=${form.normalize}
                  @change=${(event: Event) => {
                    this.patch({ normalize: isChecked(event) });
                  }}
                />
                ${form.method.normalizeText}</label
              >`
            : nothing
        }
      </fieldset>
      ${
        form.method.parameters.length === 0
          ? nothing
          : html`<fieldset>
              <legend>Parameters</legend>
              ${form.method.parameters.map((parameter) => this.parameterRow(form, parameter))}
            </fieldset>`
      }
      <div class="field">
        <label for="name">Name</label>
        <input
          id="name"
          maxlength="64"
          .value=${form.name}
          placeholder=${mergeName({ ...form, name: '' }, this.stages, this.merges)}
          @input=${(event: Event) => {
            this.patch({ name: valueOf(event) });
          }}
        />
      </div>
      <div class="row">
        <button class="primary" ?disabled=${fault !== '' || this.blocked}>
          ${icon('merge')} Merge and evaluate
        </button>
        ${fault === '' ? nothing : html`<span class="bad small" role="status">${fault}</span>`}
      </div>
    </form>`;
  }

  private baseField(form: MergeFormState): TemplateResult | typeof nothing {
    const bases = basesFor(form.method, this.stages);
    if (bases.length === 0) return nothing;
    return html`<div class="field">
      <label for="base">Base</label>
      <select
        id="base"
        @change=${(event: Event) => {
          this.patch({ base: valueOf(event) });
        }}
      >
        ${bases.map(
          ({ id, title }) =>
            html`<option value=${id} ?selected=${id === form.base}>${title}</option>`,
        )}
      </select>
    </div>`;
  }

  private modelRow(
    form: MergeFormState,
    model: MergeFormState['models'][number],
    index: number,
  ): TemplateResult {
    const change = (part: Partial<typeof model>): void => {
      const models = form.models.map((one, at) => (at === index ? { ...one, ...part } : one));
      this.patch({ models });
    };
    const check = html`<label
      ><input
        type="checkbox"
        .checked=${model.used}
        @change=${(event: Event) => {
          change({ used: isChecked(event) });
        }}
      />
      ${model.domain}</label
    >`;
    if (!form.method.hasWeights) return check;
    return html`<div class="slider">
      ${check}
      ${this.numberInputs(
        `Weight of ${model.domain}`,
        model.weight,
        [0, 1, 0.05],
        model.used,
        (weight) => {
          change({ weight });
        },
      )}
    </div>`;
  }

  private parameterRow(form: MergeFormState, parameter: MethodParameter): TemplateResult {
    const value = form.parameters[parameter.name] ?? parameter.initial;
    return html`<div class="slider">
        <span>${parameter.label}</span>
        ${this.numberInputs(
          parameter.label,
          value,
          [parameter.min, parameter.max, parameter.step],
          true,
          (next) => {
            this.patch({ parameters: { ...form.parameters, [parameter.name]: next } });
          },
        )}
      </div>
      <p class="help">${parameter.help}</p>`;
  }

  /** A slider and a number field for the same value: dragging is never the only way. */
  private numberInputs(
    label: string,
    value: number,
    [min, max, step]: readonly [number, number, number],
    enabled: boolean,
    change: (value: number) => void,
  ): TemplateResult {
    const onInput = (event: Event): void => {
      if (event.target instanceof HTMLInputElement) change(event.target.valueAsNumber);
    };
    return html`<input
        type="range"
        aria-label="${label} (slider)"
        min=${min}
        max=${max}
        step=${step}
        ?disabled=${!enabled}
        .value=${String(value)}
        @input=${onInput}
      />
      <input
        type="number"
        aria-label=${label}
        step="any"
        ?disabled=${!enabled}
        .value=${Number.isFinite(value) ? String(value) : ''}
        @change=${onInput}
      />`;
  }

  private patch(part: Partial<MergeFormState>): void {
    if (this.form !== null) this.form = { ...this.form, ...part };
  }

  private emit(form: MergeFormState): void {
    const detail = entryOf(form, this.stages, this.merges);
    this.dispatchEvent(new MergeEvent('merge', { detail }));
  }
}

function valueOf(event: Event): string {
  const { target } = event;
  return target instanceof HTMLSelectElement || target instanceof HTMLInputElement
    ? target.value
    : '';
}

function isChecked(event: Event): boolean {
  return event.target instanceof HTMLInputElement && event.target.checked;
}

define('mm-merge-form', MmMergeForm);
