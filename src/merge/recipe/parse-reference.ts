import type { CheckedValue } from './checked-value.ts';

/** Text that names a model: a path, or another document. mergekit's `+` joins an adapter to it. */
export function parseReference(value: CheckedValue): string | null {
  const text = value.text(4096);
  if (text === null) return null;
  if (/[\u0000-\u001f]/.test(text)) return value.refuse('Holds control characters.');
  if (text.includes('+')) {
    return value.refuse(
      'Adapters (after "+") are not applied here: merge them into a model first.',
    );
  }
  return text;
}
