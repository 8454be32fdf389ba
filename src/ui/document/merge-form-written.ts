import { isRecord } from './document-edit.ts';
import type { MergeEntry } from './document-edit.ts';
import { labelsOf, parametersOf } from './merge-form-state.ts';
import type { MergeFormState } from './merge-form-state.ts';

/** The schema's bound on names. */
const MAX_NAME = 64;

/** The document's merges, as far as they can be read. */
export type KnownMerges = readonly Readonly<Record<string, unknown>>[];

/**
 * The name that was typed, else one made of the settings. A made name that another merge of the
 * document has gets a number: only a merge with the same settings may be replaced by it.
 */
export function mergeName(form: MergeFormState, merges: KnownMerges): string {
  if (form.name.trim() !== '') return form.name.trim();
  const made = madeName(form);
  const settings = settingsOf(form);
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : ` ${String(number)}`;
    const name = made.slice(0, MAX_NAME - suffix.length).trim() + suffix;
    const known = merges.find((merge) => merge['name'] === name);
    if (known === undefined || sameSettings({ name, ...settings }, known)) return name;
  }
}

/** "ties 0.5-0.5 density=0.2 (pretrain-mean)": weights, and what is not as the registry has it. */
function madeName(form: MergeFormState): string {
  const parts = [form.method.id.replaceAll('_', ' ')];
  const written = parametersOf(form);
  for (const { name, default: initial } of form.method.parameters) {
    const value = written[name];
    if (name === 'weight' && Array.isArray(value)) parts.push(value.join('-'));
    else if (value !== undefined && value !== initial) parts.push(`${name}=${shown(value)}`);
  }
  for (const [name, values] of Object.entries(form.gradients)) {
    parts.push(`${name}=${values.join('-')} deep`);
  }
  if (form.method.usesBase) parts.push(`(${form.base})`);
  if (isRestoring(form)) parts.push(`restore=${form.restore}`);
  return parts.join(' ');
}

/** Whether the merge says what it puts back; over periods there is nothing to. */
function isRestoring({ over, restore }: MergeFormState): boolean {
  return over === 'domains' && restore !== '';
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join('-') : String(value);
}

/** The entry of the document's `merges` that this form stands for. */
export function entryOf(form: MergeFormState, merges: KnownMerges): MergeEntry {
  return { name: mergeName(form, merges), ...settingsOf(form) };
}

/** An entry without its name. */
export function settingsOf(form: MergeFormState) {
  const parameters = parametersOf(form);
  const place = form.over === 'domains' ? { stage: form.stage } : { stages: labelsOf(form) };
  return {
    over: form.over,
    method: form.method.id,
    ...place,
    domains: form.domains.filter(({ used }) => used).map(({ name }) => name),
    ...(form.method.usesBase ? { base: form.base } : {}),
    ...(isRestoring(form) ? { restore: form.restore } : {}),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
    ...(Object.keys(form.gradients).length > 0 ? { gradients: form.gradients } : {}),
  };
}

/** Name of the document's merge with the same settings; null when there is none. */
export function knownAs({ name, ...settings }: MergeEntry, merges: KnownMerges): string | null {
  const known = merges.find((merge) => {
    const { name: own, ...others } = merge;
    return own !== name && sameSettings(settings, others);
  });
  return typeof known?.['name'] === 'string' ? known['name'] : null;
}

/** Equal as values; the order of the keys does not matter. */
function sameSettings(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameSettings(value, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameSettings(a[key], b[key]))
  );
}
