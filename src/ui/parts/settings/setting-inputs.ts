import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { SettingShape } from '../../document/setting-fields.ts';
import { valueOf } from '../form-fields.ts';
import { faultsOf, idOf, setTo, usualText, valueAt, type SettingPlace } from './setting-scene.ts';

/** What all inputs have: name, fault and lock. */
function input(
  place: SettingPlace,
  type: 'number' | 'text',
  value: string,
  change: (text: string) => void,
  bounds: { readonly min?: number; readonly max?: number; readonly step?: number | 'any' } = {},
): TemplateResult {
  const id = idOf(place);
  return html`<input
    id=${id}
    type=${type}
    aria-label=${place.label}
    aria-invalid=${faultsOf(place, false).length > 0}
    aria-describedby="${id}.fault"
    min=${bounds.min ?? nothing}
    max=${bounds.max ?? nothing}
    step=${bounds.step ?? nothing}
    placeholder=${usualText(place.usual)}
    ?disabled=${place.scene.isLocked}
    .value=${value}
    @change=${(event: Event) => {
      change(valueOf(event).trim());
    }}
  />`;
}

export function numberControl(
  { min, max, step }: SettingShape & { readonly kind: 'number' },
  place: SettingPlace,
): TemplateResult {
  const value = valueAt(place);
  const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }), step };
  return input(
    place,
    'number',
    typeof value === 'number' ? String(value) : '',
    (text) => {
      setTo(place, numberOf(text));
    },
    bounds,
  );
}

export function textControl(place: SettingPlace): TemplateResult {
  const value = valueAt(place);
  const isEntry = typeof place.path.at(-1) === 'number';
  return input(place, 'text', typeof value === 'string' ? value : '', (text) => {
    setTo(place, text === '' && !isEntry ? undefined : text);
  });
}

/** Numbers with commas between them. */
export function numbersControl(place: SettingPlace): TemplateResult {
  const value = valueAt(place);
  return input(place, 'text', Array.isArray(value) ? value.join(', ') : '', (text) => {
    const numbers = text.split(/[,;\s]+/).filter(Boolean);
    // What is no number stays as it was typed, so that the document says what is wrong with it.
    setTo(place, numbers.length === 0 ? undefined : numbers.map((one) => numberOf(one) ?? one));
  });
}

export function choose(
  place: SettingPlace,
  options: readonly { readonly id: string; readonly title: string }[],
  current: string,
  change: (id: string) => void,
): TemplateResult {
  const id = idOf(place);
  return html`<select
    id=${id}
    aria-label=${place.label}
    aria-invalid=${faultsOf(place, false).length > 0}
    aria-describedby="${id}.fault"
    ?disabled=${place.scene.isLocked}
    @change=${(event: Event) => {
      change(valueOf(event));
    }}
  >
    ${options.map(
      (one) => html`<option value=${one.id} ?selected=${one.id === current}>${one.title}</option>`,
    )}
  </select>`;
}

export function flagControl(place: SettingPlace): TemplateResult {
  const value = valueAt(place);
  const options = [
    { id: '', title: usualText(place.usual) },
    { id: 'true', title: 'on' },
    { id: 'false', title: 'off' },
  ];
  const current = typeof value === 'boolean' ? String(value) : '';
  return choose(place, options, current, (id) => {
    setTo(place, id === '' ? undefined : id === 'true');
  });
}

export function choiceControl(
  options: readonly (string | number)[],
  place: SettingPlace,
): TemplateResult {
  const value = valueAt(place);
  const current = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const names = options.map(String);
  // A draft may say what is none of them: it is shown, and its fault stands beside it.
  const others = current === '' || names.includes(current) ? [] : [current];
  const all = [
    { id: '', title: usualText(place.usual) },
    ...[...names, ...others].map((name) => ({ id: name, title: name })),
  ];
  return choose(place, all, current, (id) => {
    setTo(
      place,
      options.find((one) => String(one) === id),
    );
  });
}

export function setControl(
  { options }: SettingShape & { readonly kind: 'set' },
  place: SettingPlace,
): TemplateResult {
  const value = valueAt(place);
  const chosen = Array.isArray(value) ? value.map(String) : null;
  return html`<div class="row" role="group" aria-label=${place.label}>
    ${options.map(
      (option) =>
        html`<label class="row"
          ><input
            type="checkbox"
            ?disabled=${place.scene.isLocked}
            .checked=${(chosen ?? usualOptions(place.usual)).includes(option)}
            @change=${() => {
              const before = chosen ?? usualOptions(place.usual);
              const isOn = before.includes(option);
              setTo(
                place,
                options.filter((one) => (one === option ? !isOn : before.includes(one))),
              );
            }}
          />
          ${option}</label
        >`,
    )}
    ${
      chosen === null
        ? html`<span class="muted small">${usualText(place.usual)}</span>`
        : takenBack(place)
    }
  </div>`;
}

function usualOptions(usual: unknown): readonly string[] {
  return Array.isArray(usual) ? usual.map(String) : [];
}

/** Back to what happens where the document says nothing. */
function takenBack(place: SettingPlace, text = 'Default'): TemplateResult {
  return html`<button
    type="button"
    class="quiet"
    aria-label="${text}: ${place.label}"
    ?disabled=${place.scene.isLocked}
    @click=${() => {
      setTo(place, undefined);
    }}
  >
    ${text}
  </button>`;
}

/** undefined for an emptied field, whose default then holds. */
function numberOf(text: string): number | undefined {
  return text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
}
