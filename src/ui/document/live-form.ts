import { entryAt } from './live-axes.ts';
import { labelsOf, type MergeFormState } from './merge-form-state.ts';
import { settingsOf } from './merge-form-written.ts';

/** The form at another place of an axis: what `entryAt` is for entries. */
export function formAt(form: MergeFormState, axis: string, at: readonly number[]): MergeFormState {
  const { parameters } = entryAt({ name: '', ...settingsOf(form) }, axis, at);
  const labels = labelsOf(form);
  const moved = Object.entries(parameters as Readonly<Record<string, unknown>>);
  return moved.reduce((next, [name, value]): MergeFormState => {
    const known = form.each[name];
    if (known === undefined) {
      return typeof value === 'number'
        ? { ...next, settings: { ...next.settings, [name]: value } }
        : next;
    }
    const own = labels.map((label, index): [string, number] => {
      const one: unknown = Array.isArray(value) ? value[index] : value;
      return [label, typeof one === 'number' ? one : (known[label] ?? 0)];
    });
    return {
      ...next,
      each: { ...next.each, [name]: { ...known, ...Object.fromEntries(own) } },
    };
  }, form);
}
