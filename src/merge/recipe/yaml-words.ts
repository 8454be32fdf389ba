/*
 * mergekit reads recipes with PyYAML, which knows YAML 1.1: `yes`, `on` and their like are switches
 * there, while they are words in YAML 1.2. Only where a switch is wanted the difference matters.
 */

const ON = ['true', 'yes', 'on'];
const OFF = ['false', 'no', 'off'];

/** A switch, also in the words of YAML 1.1; null for anything else. */
export function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return null;
  // PyYAML takes yes, Yes and YES, but not yEs.
  if (!/^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/.test(value)) return null;
  const word = value.toLowerCase();
  return ON.includes(word) ? true : OFF.includes(word) ? false : null;
}
