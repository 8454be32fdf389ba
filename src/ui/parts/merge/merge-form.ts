import { LitElement, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import type { MergeMethodForm, MergePicture } from '../../../lab/merging/merge-forms.ts';
import type * as MergeForms from '../../../lab/merging/merge-forms.ts';
import type { MergeEntry } from '../../document/document-edit.ts';
import { icon } from '../../style/icons.ts';
import {
  formFault,
  initialForm,
  labelsOf,
  parametersOf,
  withMethod,
} from '../../document/merge-form-state.ts';
import { entryOf, mergeName } from '../../document/merge-form-written.ts';
import type { Choice, MergeFormState } from '../../document/merge-form-state.ts';
import type { RestoreChoice } from '../../document/merge-form-restore.ts';
import type { KnownMerges } from '../../document/merge-form-written.ts';
import { valueOf } from '../form-fields.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { formAt } from '../../document/live-form.ts';
import type { LiveMove } from '../live/live-move.ts';
import { gradientField, settingField, type Phase } from './merge-form-fields.ts';
import { modelFields, placeFields, type SetForm } from './merge-form-models.ts';
import { methodField, pictureFigure } from './merge-form-method.ts';
import { mergeFormStyles } from './merge-form-styles.ts';

/** What the form needs of the lab; loaded with the view, not with the page. */
export type MergeLab = typeof MergeForms;

export class MergeEvent extends CustomEvent<MergeEntry> {}

/** The form's merge while it is changed; `release` ends a change. */
export class MergeChangeEvent extends CustomEvent<{ entry: MergeEntry; phase: Phase }> {}

/** Builds one entry of the document's `merges`; emits it as `merge`, and its changes. */
export class MmMergeForm extends LitElement {
  static override readonly properties = {
    domains: { attribute: false },
    stages: { attribute: false },
    merges: { attribute: false },
    restores: { attribute: false },
    lab: { attribute: false },
    blocked: { type: Boolean },
    form: { state: true },
    picture: { state: true },
  };
  static override readonly styles = [sharedStyles, mergeFormStyles];

  declare domains: readonly string[];
  declare stages: readonly string[];
  /** Merges that the document has: a made name never is that of another one. */
  declare merges: KnownMerges;
  /** What the document's models let a merge put back. */
  declare restores: readonly RestoreChoice[];
  /** null until it is loaded. */
  declare lab: MergeLab | null;
  declare blocked: boolean;
  declare private form: MergeFormState | null;
  declare private picture: MergePicture | null;
  private methods: readonly MergeMethodForm[] = [];
  private drawn = '';

  constructor() {
    super();
    this.domains = [];
    this.stages = [];
    this.merges = [];
    this.restores = [];
    this.lab = null;
    this.blocked = false;
    this.form = null;
    this.picture = null;
  }

  /** Shows a merge of the document, or a trial of a search. */
  load(form: MergeFormState): void {
    this.form = form;
    this.tell('drag');
  }

  /** A control of the live lab moves what the form stands for. */
  move({ axis, at, phase }: LiveMove): void {
    if (this.form !== null) this.set(formAt(this.form, axis, at), phase);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('lab')) this.methods = this.lab?.mergeMethodForms() ?? [];
    const names = (choices: readonly Choice[]) => choices.map(({ name }) => name).join('\u0000');
    const { form } = this;
    const stale =
      form !== null &&
      (names(form.domains) !== this.domains.join('\u0000') ||
        names(form.stages) !== this.stages.join('\u0000'));
    if (form === null || stale) {
      const method = this.methods.find(({ id }) => id === form?.method.id) ?? this.methods[0];
      this.form = initialForm(this.domains, this.stages, method);
      if (this.form !== null) {
        void this.updateComplete.then(() => {
          this.tell('drag');
        });
      }
    }
    void this.draw();
  }

  /** The picture of the method with its present numbers; a newer one replaces it. */
  private async draw(): Promise<void> {
    const { form, lab } = this;
    if (form === null || lab === null) return;
    const parameters = parametersOf(form);
    const key = JSON.stringify([form.method.id, parameters]);
    if (key === this.drawn) return;
    this.drawn = key;
    let picture: MergePicture | null;
    try {
      picture = await lab.mergePicture(form.method.id, parameters);
    } catch {
      picture = null; // wrong numbers: the form names them
    }
    if (this.drawn === key) this.picture = picture;
  }

  protected override render(): TemplateResult {
    const { form, lab } = this;
    if (lab === null) return html`<p class="muted">Loading the merge methods …</p>`;
    if (form === null) return html`<p class="muted">The grid has no cells to merge yet.</p>`;
    const verdict = lab.mergeVerdict(
      form.method.id,
      parametersOf(form),
      form.gradients,
      labelsOf(form).length,
    );
    const first = verdict.faults[0];
    const found = first === undefined ? '' : `${first.place.replace(/^\./, '')}: ${first.message}`;
    const fault = formFault(form) || found;
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        if (fault !== '' || this.blocked) return;
        this.dispatchEvent(new MergeEvent('merge', { detail: entryOf(form, this.merges) }));
      }}
    >
      ${methodField(this.methods, form.method, (method) => {
        this.set(withMethod(form, method), 'release');
      })}
      ${pictureFigure(this.picture)} ${placeFields(form, this.restores, this.set)}
      ${
        !verdict.base.matters && verdict.base.reason === 'base-cancels'
          ? html`<p class="note">
              ${icon('info')}
              <span
                >The base has no effect here: the method is linear and its weights add up to 1, so
                the base cancels. Change the scale, switch normalising off, or use TIES.</span
              >
            </p>`
          : nothing
      }
      ${modelFields(form, this.set)} ${this.settingFields(form)} ${this.depthFields(form)}
      <div class="field">
        <label for="name">Name</label>
        <input
          id="name"
          maxlength="64"
          .value=${form.name}
          placeholder=${mergeName({ ...form, name: '' }, this.merges)}
          @input=${(event: Event) => {
            this.form = { ...form, name: valueOf(event) };
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

  private settingFields(form: MergeFormState): TemplateResult | typeof nothing {
    const own = form.method.parameters.filter(
      ({ name }) => form.each[name] === undefined && form.gradients[name] === undefined,
    );
    if (own.length === 0) return nothing;
    return html`<fieldset>
      <legend>Parameters</legend>
      ${own.map((parameter) =>
        settingField(
          parameter,
          form.settings[parameter.name] ?? parameter.default,
          (value, phase) => {
            this.set({ ...form, settings: { ...form.settings, [parameter.name]: value } }, phase);
          },
        ),
      )}
    </fieldset>`;
  }

  private depthFields(form: MergeFormState): TemplateResult | typeof nothing {
    const numbers = form.method.parameters.filter(
      ({ kind, name }) => kind === 'number' && name !== 'seed',
    );
    if (numbers.length === 0) return nothing;
    return html`<details ?open=${Object.keys(form.gradients).length > 0}>
      <summary>Values by depth, first layer to last</summary>
      ${numbers.map((parameter) =>
        gradientField(
          parameter,
          form.gradients[parameter.name],
          parameter.kind === 'number' ? parameter.default : 0,
          (values) => {
            const gradients = Object.fromEntries(
              Object.entries(form.gradients).filter(([name]) => name !== parameter.name),
            );
            if (values !== null) gradients[parameter.name] = values;
            this.set({ ...form, gradients }, 'release');
          },
        ),
      )}
    </details>`;
  }

  private readonly set: SetForm = (form, phase) => {
    this.form = form;
    this.tell(phase);
  };

  /** Tells what the form stands for, unless it is not a merge yet. */
  tell(phase: Phase): void {
    if (this.form === null || formFault(this.form) !== '') return;
    const detail = { entry: entryOf(this.form, this.merges), phase };
    this.dispatchEvent(new MergeChangeEvent('merge-change', { detail }));
  }
}

define('mm-merge-form', MmMergeForm);
