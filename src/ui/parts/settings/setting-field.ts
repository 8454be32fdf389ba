import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { initialOf } from '../../document/setting-edit.ts';
import type { SettingField, SettingShape } from '../../document/setting-fields.ts';
import { faultsOf, idOf, setTo, valueAt, type SettingPlace } from './setting-scene.ts';

/** The keys of a section below each other. */
export function sectionControl(
  fields: readonly SettingField[],
  place: SettingPlace,
): TemplateResult {
  return html`<div class="fields">
    ${fields.map((field) =>
      fieldControl(field, {
        ...place,
        path: [...place.path, field.key],
        label: `${place.label}, ${field.label.toLowerCase()}`,
        usual: field.usual,
      }),
    )}
  </div>`;
}

/** One key: its control, what it does, and what is wrong with it. */
export function fieldControl(field: SettingField, place: SettingPlace): TemplateResult {
  const { label, help, shape, usual, isRequired } = field;
  const isSection = shape.kind === 'section';
  const isWide = isSection || shape.kind === 'entries' || isOfParts(shape);
  const faults = faultsOf(place, isSection);
  // A section without a default does something by being there.
  const isSwitch = isSection && usual === undefined && !isRequired;
  const isOn = !isSwitch || valueAt(place) !== undefined;
  const body = { ...place, keep: isSwitch ? place.path.length : place.keep };
  return html`<div class="setting ${isWide ? 'wide' : ''}">
    ${
      isSwitch
        ? html`<label class="row name"
            ><input
              type="checkbox"
              aria-label=${place.label}
              ?disabled=${place.scene.isLocked}
              .checked=${isOn}
              @change=${() => {
                setTo(place, isOn ? undefined : initialOf(shape, place.scene.stages));
              }}
            />
            ${label}</label
          >`
        : html`<span class="name">${label}</span>`
    }
    <div class="control">${isOn ? place.scene.control(shape, body) : nothing}</div>
    ${help === '' ? nothing : html`<p class="help">${help}</p>`}
    <div id="${idOf(place)}.fault">
      ${faults.map(({ message }) => html`<p class="bad small" role="status">${message}</p>`)}
    </div>
  </div>`;
}

/** Numbers of a list stand in one field. */
function isOfParts(shape: SettingShape): boolean {
  return shape.kind === 'list' && shape.of.kind !== 'number';
}
