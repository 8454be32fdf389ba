import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { FormParameter } from '../../../lab/merging/merge-forms.ts';
import { sliderOf, type Setting } from '../../document/merge-form-state.ts';

/** How a number changes: while a slider is dragged, or for good. */
export type Phase = 'drag' | 'release';
type Change<T> = (value: T, phase: Phase) => void;

/** A slider and a number field for the same value: dragging is never the only way. */
export function numberInputs(
  label: string,
  value: number,
  definition: FormParameter & { kind: 'number' },
  isEnabled: boolean,
  change: Change<number>,
): TemplateResult {
  const { min, max, step } = sliderOf(definition);
  const onInput =
    (phase: Phase) =>
    (event: Event): void => {
      const { target } = event;
      if (target instanceof HTMLInputElement) change(target.valueAsNumber, phase);
    };
  return html`<input
      type="range"
      aria-label="${label} (slider)"
      min=${min}
      max=${max}
      step=${step}
      ?disabled=${!isEnabled}
      .value=${String(value)}
      @input=${onInput('drag')}
      @change=${onInput('release')}
    />
    <input
      type="number"
      aria-label=${label}
      step="any"
      ?disabled=${!isEnabled}
      .value=${Number.isFinite(value) ? String(value) : ''}
      @change=${onInput('release')}
    />`;
}

/** One parameter of the whole merge. */
export function settingField(
  parameter: FormParameter,
  value: Setting,
  change: Change<Setting>,
): TemplateResult {
  if (parameter.kind === 'number') {
    const number = typeof value === 'number' ? value : Number.NaN;
    return html`<div class="slider">
        <span>${parameter.title}</span>
        ${numberInputs(parameter.title, number, parameter, true, change)}
      </div>
      <p class="help">${parameter.doc}</p>`;
  }
  if (parameter.kind === 'boolean') {
    return html`<label class="row"
        ><input
          type="checkbox"
          .checked=${value === true}
          @change=${(event: Event) => {
            change(event.target instanceof HTMLInputElement && event.target.checked, 'release');
          }}
        />
        ${parameter.title}</label
      >
      <p class="help">${parameter.doc}</p>`;
  }
  return html`<div class="field">
    <label for="setting-${parameter.name}">${parameter.title}</label>
    <select
      id="setting-${parameter.name}"
      @change=${(event: Event) => {
        if (event.target instanceof HTMLSelectElement) change(event.target.value, 'release');
      }}
    >
      ${parameter.choices.map(
        (choice) => html`<option value=${choice} ?selected=${choice === value}>${choice}</option>`,
      )}
    </select>
    <span class="help">${parameter.doc}</span>
  </div>`;
}

/** Values over depth: a list in a text field and a line that shows it. */
export function gradientField(
  { title, name }: FormParameter,
  values: readonly number[] | undefined,
  initial: number,
  change: (values: readonly number[] | null) => void,
): TemplateResult {
  const isOn = values !== undefined;
  return html`<div class="gradient">
    <label class="row"
      ><input
        type="checkbox"
        .checked=${isOn}
        @change=${() => {
          change(isOn ? null : [initial, initial]);
        }}
      />
      ${title} by depth</label
    >
    ${
      values === undefined
        ? nothing
        : html`<input
              id="gradient-${name}"
              aria-label="${title} from the first layer to the last, separated by commas"
              .value=${values.join(', ')}
              @change=${(event: Event) => {
                const text = event.target instanceof HTMLInputElement ? event.target.value : '';
                change(text.split(/[,;\s]+/).flatMap((one) => (one === '' ? [] : [Number(one)])));
              }}
            />
            ${line(values)}`
    }
  </div>`;
}

function line(values: readonly number[]): TemplateResult {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const points = values.map((value, index) => {
    const x = values.length === 1 ? 50 : (index / (values.length - 1)) * 100;
    const y = high === low ? 10 : 18 - (16 * (value - low)) / (high - low);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const path = values.length === 1 ? `0,10 100,10` : points.join(' ');
  return html`<svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
    <polyline points=${path} fill="none" vector-effect="non-scaling-stroke"></polyline>
  </svg>`;
}
