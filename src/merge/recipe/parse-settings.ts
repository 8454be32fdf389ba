import type { CheckedValue } from './checked-value.ts';
import { asBoolean } from './yaml-words.ts';
import type { ConditionalValue, Gradient, Scalar, Setting, Settings } from './recipe.ts';

const MOST_PARAMETERS = 64;
const MOST_VALUES = 4096;

/** A `parameters` section; what is wrong is left out and noted. */
export function parseSettings(section: CheckedValue | undefined): Settings {
  const settings = new Map<string, Setting>();
  if (Array.isArray(section?.value)) {
    section.refuse('Must be a mapping of names to values: leave out the "-" before each name.');
    return settings;
  }
  const entries = section?.entries('any') ?? null;
  if (entries === null) return settings;
  if (entries.size > MOST_PARAMETERS) section?.refuse(`Has more than ${MOST_PARAMETERS} entries.`);
  for (const [name, value] of entries) {
    const setting = parseSetting(value);
    if (setting !== null) settings.set(name, setting);
  }
  return settings;
}

function parseSetting(value: CheckedValue): Setting | null {
  if (isMapping(value.value)) {
    return value.refuse('A filter with its value must stand in a list: [{ filter, value }, …].');
  }
  if (!Array.isArray(value.value) || !value.value.some(isMapping)) {
    const gradient = parseGradient(value);
    return gradient === null ? null : { kind: 'value', value: gradient };
  }
  const conditions = value.items(MOST_VALUES)?.map(parseCondition) ?? [];
  return { kind: 'conditions', conditions: conditions.filter((one) => one !== null) };
}

function parseCondition(item: CheckedValue): ConditionalValue | null {
  const entries = item.entries(['filter', 'value']);
  if (entries === null) return null;
  const filter = entries.get('filter')?.text(MOST_VALUES) ?? null;
  const given = entries.get('value');
  if (given === undefined) return item.refuse('Lacks "value".');
  const value = parseGradient(given);
  return value === null ? null : { filter, value };
}

function parseGradient(value: CheckedValue): Gradient | null {
  if (!Array.isArray(value.value)) return parseScalar(value);
  const items = value.items(MOST_VALUES)?.map(parseScalar) ?? [];
  const scalars = items.filter((item) => item !== null);
  return items.length === 0 || scalars.length < items.length ? null : scalars;
}

function parseScalar(value: CheckedValue): Scalar | null {
  const scalar = value.value;
  if (typeof scalar === 'number' && Number.isFinite(scalar)) return scalar;
  if (typeof scalar === 'boolean' || typeof scalar === 'string') return asBoolean(scalar) ?? scalar;
  return value.refuse('Must be a finite number, true, false or a word.');
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
