import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { initialOf, sideOf, switched } from '../../document/setting-edit.ts';
import { labelOf, type SettingShape } from '../../document/setting-fields.ts';
import { fieldControl, sectionControl } from './setting-field.ts';
import {
  choiceControl,
  choose,
  flagControl,
  numberControl,
  numbersControl,
  setControl,
  textControl,
} from './setting-inputs.ts';
import { setTo, shownValue, usualText, valueAt } from './setting-scene.ts';
import type { SettingPlace } from './setting-scene.ts';

type Of<Kind extends SettingShape['kind']> = SettingShape & { readonly kind: Kind };

/** The control of one place, by what may stand there. */
export function settingControl(shape: SettingShape, place: SettingPlace): TemplateResult {
  switch (shape.kind) {
    case 'number':
      return numberControl(shape, place);
    case 'flag':
      return flagControl(place);
    case 'choice':
      return choiceControl(shape.options, place);
    case 'text':
      return textControl(place);
    case 'fixed':
      return html`<span class="muted">${shownValue(shape.value)}</span>`;
    case 'set':
      return setControl(shape, place);
    case 'list':
      return shape.of.kind === 'number' ? numbersControl(place) : listControl(shape, place);
    case 'either':
      return eitherControl(shape, place);
    case 'section':
      return sectionControl(shape.fields, place);
    case 'entries':
      return entriesControl(shape, place);
  }
}

function listControl({ of }: Of<'list'>, place: SettingPlace): TemplateResult {
  const value = valueAt(place);
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const write = (next: readonly unknown[]): void => {
    setTo(place, next.length === 0 ? undefined : next);
  };
  return html`<div class="entries">
    ${items.map((_, index) => {
      const path = [...place.path, index];
      const label = `${place.label} ${String(index + 1)}`;
      const own = { ...place, path, label, usual: undefined, keep: path.length };
      return html`<div class="row entry">
        ${settingControl(of, own)}
        <button
          type="button"
          class="quiet"
          aria-label="Remove ${label}"
          ?disabled=${place.scene.isLocked}
          @click=${() => {
            write(items.filter((__, at) => at !== index));
          }}
        >
          Remove
        </button>
      </div>`;
    })}
    <button
      type="button"
      aria-label="Add to ${place.label}"
      ?disabled=${place.scene.isLocked}
      @click=${() => {
        write([...items, initialOf(of, place.scene.stages)]);
      }}
    >
      Add
    </button>
  </div>`;
}

/** Which kind of value, then the value. */
function eitherControl({ sides }: Of<'either'>, place: SettingPlace): TemplateResult {
  const value = valueAt(place);
  const isEntry = typeof place.path.at(-1) === 'number';
  const current = value === undefined ? -1 : sideOf(sides, value);
  const side = sides[current];
  const options = [
    ...(isEntry ? [] : [{ id: '-1', title: usualText(place.usual) }]),
    ...sides.map((one, index) => ({ id: String(index), title: sideTitle(one) })),
  ];
  const kind = { ...place, path: [...place.path, 'kind'], label: `${place.label}, kind` };
  return html`<div class="row either">
    ${choose({ ...kind, scene: { ...place.scene, faults: [] } }, options, String(current), (id) => {
      const chosen = sides[Number(id)];
      setTo(place, chosen === undefined ? undefined : switched(value, chosen, place.scene.stages));
    })}
    ${
      side === undefined || side.kind === 'fixed'
        ? nothing
        : settingControl(side, { ...place, keep: Math.max(place.keep, place.path.length) })
    }
  </div>`;
}

function sideTitle(side: SettingShape): string {
  switch (side.kind) {
    case 'number':
      return 'a number';
    case 'text':
      return 'a name';
    case 'fixed':
      return shownValue(side.value);
    case 'section':
      return side.fields.map(({ key }) => labelOf(key).toLowerCase()).join(', ');
    default:
      return side.kind;
  }
}

/** A section for every stage of the document. */
function entriesControl({ of }: Of<'entries'>, place: SettingPlace): TemplateResult {
  const { stages } = place.scene;
  if (stages.length === 0) return html`<span class="muted">The document names no stages.</span>`;
  return html`<div class="entries">
    ${stages.map((stage) => {
      const own = { ...place, path: [...place.path, stage], label: `${place.label}, ${stage}` };
      return fieldControl(
        { key: stage, label: stage, help: '', shape: of, usual: {}, isRequired: false },
        { ...own, usual: {} },
      );
    })}
  </div>`;
}
