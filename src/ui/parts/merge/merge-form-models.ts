import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { MergeMethodForm } from '../../../lab/merging/merge-forms.ts';
import { basesFor, withOver } from '../../document/merge-form-state.ts';
import type { Choice, MergeFormState } from '../../document/merge-form-state.ts';
import { restoredOf, type RestoreChoice } from '../../document/merge-form-restore.ts';
import { namedOptions, select, valueOf } from '../form-fields.ts';
import { numberInputs, type Phase } from './merge-form-fields.ts';

/** Takes the form with one thing changed. */
export type SetForm = (form: MergeFormState, phase: Phase) => void;

/** Along which axis of the grid, which stage, which base. */
export function placeFields(
  form: MergeFormState,
  restores: readonly RestoreChoice[],
  set: SetForm,
): TemplateResult {
  const bases = basesFor(form);
  return html`<div class="pair">
    <div class="field">
      <label for="over">Merge over</label>
      <select
        id="over"
        @change=${(event: Event) => {
          const over = valueOf(event) === 'periods' ? 'periods' : 'domains';
          set(withOver(form, over), 'release');
        }}
      >
        <option value="domains" ?selected=${form.over === 'domains'}>domains</option>
        <option value="periods" ?selected=${form.over === 'periods'}>periods</option>
      </select>
    </div>
    ${
      form.over === 'periods'
        ? nothing
        : html`<div class="field">
            <label for="stage">Stage</label>
            ${select(
              'stage',
              namedOptions(form.stages.map(({ name }) => name)),
              form.stage,
              (stage) => {
                set({ ...form, stage }, 'release');
              },
            )}
          </div>`
    }
    ${
      bases.length === 0
        ? nothing
        : html`<div class="field">
            <label for="base">Base</label>
            ${select('base', bases, form.base, (base) => {
              set({ ...form, base }, 'release');
            })}
          </div>`
    }
    ${
      form.over === 'periods' || restores.length === 0
        ? nothing
        : html`<div class="field whole">
            <label for="restore">Each domain gets back</label>
            ${select('restore', restores, form.restore, (restore) => {
              set({ ...form, restore: restoredOf(restore) }, 'release');
            })}
            <span class="help">Codes mean what a domain’s codebook says.</span>
          </div>`
    }
  </div>`;
}

/** Models with their numbers; over periods also the domains, each merged for itself. */
export function modelFields(form: MergeFormState, set: SetForm): TemplateResult {
  const isTime = form.over === 'periods';
  const choices = isTime ? form.stages : form.domains;
  const use = (key: 'domains' | 'stages', name: string): void => {
    const next = form[key].map((one) => (one.name === name ? { ...one, used: !one.used } : one));
    set({ ...form, [key]: next }, 'release');
  };
  const each = form.method.parameters.filter(
    ({ kind, name }) => kind === 'number' && form.each[name] !== undefined,
  );
  const box = (key: 'domains' | 'stages', { name, used }: Choice): TemplateResult =>
    html`<label
      ><input
        type="checkbox"
        .checked=${used}
        @change=${() => {
          use(key, name);
        }}
      />
      ${name}</label
    >`;
  return html`<fieldset>
      <legend>${isTime ? 'Stages, oldest first' : 'Models'}</legend>
      ${choices.map(
        (choice) =>
          html`${box(isTime ? 'stages' : 'domains', choice)}
          ${each.map((parameter) => eachField(form, parameter, choice, set))}`,
      )}
      ${
        form.method.order === '' || isTime
          ? nothing
          : html`<p class="help">Order: ${form.method.order}; the evaluated domain stands last.</p>`
      }
    </fieldset>
    ${
      isTime
        ? html`<fieldset>
            <legend>Domains, each merged for itself</legend>
            ${form.domains.map((choice) => box('domains', choice))}
          </fieldset>`
        : nothing
    }`;
}

/** A number of one model. */
function eachField(
  form: MergeFormState,
  parameter: MergeMethodForm['parameters'][number],
  { name: label, used }: Choice,
  set: SetForm,
): TemplateResult | typeof nothing {
  const { name } = parameter;
  if (parameter.kind !== 'number' || form.gradients[name] !== undefined) return nothing;
  const values = form.each[name] ?? {};
  return html`<div class="slider inner">
    <span>${parameter.title}</span>
    ${numberInputs(
      `${parameter.title} of ${label}`,
      values[label] ?? parameter.default,
      parameter,
      used,
      (value, phase) => {
        set({ ...form, each: { ...form.each, [name]: { ...values, [label]: value } } }, phase);
      },
    )}
  </div>`;
}
