import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';

export interface Option {
  readonly id: string;
  readonly title: string;
}

/** What is in the field that an event comes from; '' where it comes from none. */
export function valueOf({ target }: Event): string {
  const isField =
    target instanceof HTMLSelectElement ||
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement;
  return isField ? target.value : '';
}

/** A list to choose from; its label stands elsewhere and names the id. */
export function select(
  id: string,
  options: readonly Option[],
  current: string,
  change: (value: string) => void,
): TemplateResult {
  return html`<select
    id=${id}
    @change=${(event: Event) => {
      change(valueOf(event));
    }}
  >
    ${optionsOf(options, current)}
  </select>`;
}

/** A list to choose from behind its label, in one line. */
export function labelledSelect(
  label: string,
  options: readonly Option[],
  current: string,
  change: (value: string) => void,
): TemplateResult {
  return html`<label class="row small"
    >${label}
    <select
      @change=${(event: Event) => {
        change(valueOf(event));
      }}
    >
      ${optionsOf(options, current)}
    </select></label
  >`;
}

/** Options of a list that have a name and nothing else. */
export function namedOptions(names: readonly string[]): Option[] {
  return names.map((name) => ({ id: name, title: name }));
}

function optionsOf(options: readonly Option[], current: string): TemplateResult[] {
  return options.map(
    ({ id, title }) => html`<option value=${id} ?selected=${id === current}>${title}</option>`,
  );
}
