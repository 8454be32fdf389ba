import type { CheckedValue } from './checked-value.ts';

/**
 * What names a model: a path, or another document. mergekit's `+` joins an adapter to it; its longer
 * form is a mapping, `{ model: { path } }`, which older versions of it write.
 */
export function parseReference(value: CheckedValue): string | null {
  return isMapping(value.value) ? parseMapping(value) : parseText(value);
}

/** Whether a value has the form of a model, where other mappings may stand, too. */
export function isReferenceMapping(value: unknown): boolean {
  return isMapping(value) && ('path' in value || ('model' in value && isMapping(value.model)));
}

function parseMapping(value: CheckedValue): string | null {
  const entries = value.entries(['model', 'lora', 'override_architecture', 'path', 'revision']);
  if (entries === null) return null;
  for (const key of ['lora', 'override_architecture', 'revision'] as const) {
    const given = entries.get(key);
    if (given !== undefined) return given.refuse(UNSUPPORTED[key]);
  }
  const model = entries.get('model') ?? entries.get('path');
  return model === undefined ? value.refuse('Lacks "model" or "path".') : parseReference(model);
}

const UNSUPPORTED = {
  lora: 'Adapters are not applied here: merge them into a model first.',
  override_architecture: 'Not supported: tensors are merged by their names alone.',
  revision: 'Only folders are read here: download that revision and give its folder.',
} as const;

function parseText(value: CheckedValue): string | null {
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

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
