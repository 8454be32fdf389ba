import { nothing, type TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { send } from '../state/events.ts';
import { namedOptions, select } from './form-fields.ts';

/** Which model all results are compared with; nothing before anybody was answered. */
export function referenceSelect(
  host: EventTarget,
  names: readonly string[],
  reference: string | null,
): TemplateResult | typeof nothing {
  if (names.length === 0) return nothing;
  const options = [{ id: '', title: 'Nothing' }, ...namedOptions(names)];
  return html`<div class="field">
    <label for="reference">Compare with</label>
    ${select('reference', options, reference ?? '', (name) => {
      send(host, { type: 'compare', reference: name });
    })}
  </div>`;
}
