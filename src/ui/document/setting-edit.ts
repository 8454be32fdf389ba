import { isMap } from 'yaml';
import { isRecord, withDocument, type DocumentPath } from './document-edit.ts';
import type { SettingField, SettingShape } from './setting-fields.ts';

/** What the document says there; undefined where it says nothing. */
export function settingAt(root: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
    return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}

/**
 * The document with this value there; undefined takes the key out, and with it the sections above
 * that say nothing any more, down to the depth of `keep`.
 * @param keep length of the longest path above it that means something while it is empty
 * @errors experiment-invalid when the text is not YAML
 */
export function withSetting(
  text: string,
  path: DocumentPath,
  value: unknown,
  keep: number,
): string {
  return withDocument(text, (document) => {
    for (let depth = 1; depth < path.length; depth++) {
      // A key without a value, or with one that has no keys, gives way to what is set in it.
      const above = path.slice(0, depth);
      const hasKeys = isMap(document.getIn(above)) || typeof path[depth] === 'number';
      if (!hasKeys && value !== undefined) document.setIn(above, document.createNode({}));
    }
    if (value !== undefined) {
      document.setIn(path, document.createNode(value, { flow: true }));
      return;
    }
    document.deleteIn(path);
    for (let depth = path.length - 1; depth > keep; depth--) {
      const above = document.getIn(path.slice(0, depth));
      if (isMap(above) && above.items.length === 0) document.deleteIn(path.slice(0, depth));
    }
  });
}

/** What a control writes when its key is switched on: the least that the schema takes. */
export function initialOf(shape: SettingShape, names: readonly string[]): unknown {
  switch (shape.kind) {
    case 'number':
      return within(shape, shape.step === 1 ? 1 : 0.1);
    case 'flag':
      return true;
    case 'choice':
      return shape.options[0];
    case 'text':
      return names.at(-1) ?? '';
    case 'fixed':
      return shape.value;
    case 'set':
      return [...shape.options];
    case 'list':
      return [initialOf(shape.of, names)];
    case 'either':
      return shape.sides[0] === undefined ? undefined : initialOf(shape.sides[0], names);
    case 'entries':
      return {};
    case 'section':
      return Object.fromEntries(
        shape.fields.flatMap((field) =>
          field.isRequired ? [[field.key, field.usual ?? initialOf(field.shape, names)]] : [],
        ),
      );
  }
}

function within({ min, max }: SettingShape & { readonly kind: 'number' }, value: number): number {
  return Math.max(min ?? -Infinity, Math.min(max ?? Infinity, value));
}

/** Which side of an `either` a value is of; -1 for none. */
export function sideOf(sides: readonly SettingShape[], value: unknown): number {
  return sides.findIndex((side) => suits(side, value));
}

function suits(shape: SettingShape, value: unknown): boolean {
  switch (shape.kind) {
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    case 'choice':
      return typeof value === 'string' || typeof value === 'number';
    case 'fixed':
      return value === shape.value;
    case 'set':
    case 'list':
      return Array.isArray(value);
    case 'either':
      return sideOf(shape.sides, value) >= 0;
    case 'section':
    case 'entries':
      return isRecord(value);
  }
}

/**
 * What another side of an `either` starts with: one number becomes the same number for each, one
 * name the same name with what else its section needs.
 */
export function switched(from: unknown, to: SettingShape, names: readonly string[]): unknown {
  const initial = initialOf(to, names);
  if (to.kind === 'section' && isRecord(initial)) {
    const same = to.fields.filter(({ shape }: SettingField) => suits(shape, from));
    return { ...initial, ...Object.fromEntries(same.map(({ key }) => [key, from])) };
  }
  if (to.kind === 'text' && isRecord(from)) {
    return Object.values(from).find((value) => typeof value === 'string') ?? initial;
  }
  return initial;
}

/** Faults that stand at this very key, and not at one below it. */
export function faultsAt<Fault extends { readonly place: string }>(
  faults: readonly Fault[],
  path: DocumentPath,
  hasOwnBelow: boolean,
): readonly Fault[] {
  const shown = path.reduce<string>(
    (all, key) =>
      typeof key === 'number' ? `${all}[${String(key)}]` : all === '' ? key : `${all}.${key}`,
    '',
  );
  return faults.filter(({ place }) => {
    const at = place.replace(/ \((line [^)]*|document)\)$/, '');
    return (
      at === shown || (!hasOwnBelow && (at.startsWith(`${shown}.`) || at.startsWith(`${shown}[`)))
    );
  });
}
