import * as v from 'valibot';

/** What a value of the document may be, as a control offers it. */
export type SettingShape =
  | {
      readonly kind: 'number';
      readonly min?: number;
      readonly max?: number;
      readonly step: 1 | 'any';
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly options: readonly (string | number)[] }
  /** Some of the options. */
  | { readonly kind: 'set'; readonly options: readonly string[] }
  | { readonly kind: 'text' }
  /** This value and no other: one side of an `either`. */
  | { readonly kind: 'fixed'; readonly value: string | null }
  | { readonly kind: 'section'; readonly fields: readonly SettingField[] }
  /** A value for each name, which the document gives: stages. */
  | { readonly kind: 'entries'; readonly of: SettingShape }
  | { readonly kind: 'list'; readonly of: SettingShape }
  | { readonly kind: 'either'; readonly sides: readonly SettingShape[] };

/** One key of the document. */
export interface SettingField {
  readonly key: string;
  readonly label: string;
  /** What the schema says of it; '' where it says nothing. */
  readonly help: string;
  readonly shape: SettingShape;
  /** Where the document says nothing; undefined: then something that no value says. */
  readonly usual: unknown;
  readonly isRequired: boolean;
}

/** What is read of a schema, whatever its kind. */
interface Described {
  readonly type: string;
  readonly pipe?: readonly PipeItem[];
  readonly wrapped?: Described;
  readonly default?: unknown;
  readonly entries?: Readonly<Record<string, Described>>;
  readonly options?: readonly unknown[];
  readonly item?: Described;
  readonly value?: Described;
  readonly literal?: unknown;
}

interface PipeItem extends Partial<Described> {
  readonly kind: string;
  readonly type: string;
  readonly requirement?: unknown;
}

/**
 * The keys of a section in the order of its schema. Everything that a control shows is read there, so
 * that a key which is added to the document is in the page.
 */
export function settingFields(
  entries: Readonly<Record<string, v.GenericSchema>>,
): readonly SettingField[] {
  return fieldsOf(entries);
}

/** `tokensPerBatch`: Tokens per batch. */
export function labelOf(key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fieldsOf(entries: Readonly<Record<string, Described>>): readonly SettingField[] {
  return Object.entries(entries).flatMap(([key, schema]) => {
    const isRequired = schema.type !== 'optional';
    const inner = isRequired ? schema : (schema.wrapped ?? schema);
    const shape = shapeOf(inner);
    if (shape === null) return [];
    const usual = typeof schema.default === 'function' ? undefined : schema.default;
    return [{ key, label: labelOf(key), help: helpOf(inner), shape, usual, isRequired }];
  });
}

/** null for what only other forms can show: a schema that depends on the value. */
function shapeOf(schema: Described): SettingShape | null {
  switch (schema.type) {
    case 'number':
      return numberShape(schema);
    case 'boolean':
      return { kind: 'flag' };
    case 'string':
      return { kind: 'text' };
    case 'literal':
      return { kind: 'fixed', value: String(schema.literal) };
    case 'picklist':
      return { kind: 'choice', options: (schema.options ?? []) as readonly (string | number)[] };
    case 'strict_object':
      return { kind: 'section', fields: fieldsOf(schema.entries ?? {}) };
    case 'nullable':
      return either([shapeOf(schema.wrapped ?? schema), { kind: 'fixed', value: null }]);
    case 'union':
      return either((schema.options ?? []).map((side) => shapeOf(side as Described)));
    case 'array': {
      const of = schema.item === undefined ? null : shapeOf(schema.item);
      if (of === null) return null;
      return of.kind === 'choice'
        ? { kind: 'set', options: of.options.map(String) }
        : { kind: 'list', of };
    }
    case 'record': {
      const of = schema.value === undefined ? null : shapeOf(schema.value);
      return of === null ? null : { kind: 'entries', of };
    }
    default:
      return null;
  }
}

function either(sides: readonly (SettingShape | null)[]): SettingShape | null {
  const known = sides.filter((side) => side !== null);
  return known.length === sides.length ? { kind: 'either', sides: known } : null;
}

function numberShape(schema: Described): SettingShape {
  let bounds: { min?: number; max?: number } = {};
  let isWhole = false;
  for (const { type, requirement, ...item } of pipeOf(schema)) {
    if (type === 'integer') isWhole = true;
    if (type === 'metadata') bounds = { ...bounds, ...boundsIn(item) };
    if (typeof requirement !== 'number') continue;
    if (type === 'min_value' || type === 'gt_value') bounds.min = requirement;
    if (type === 'max_value') bounds.max = requirement;
  }
  return { kind: 'number', ...bounds, step: isWhole ? 1 : 'any' };
}

function boundsIn(item: object): { min?: number; max?: number } {
  const { metadata } = item as { readonly metadata?: { readonly min?: number; max?: number } };
  const { min, max } = metadata ?? {};
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** What checks and describes a value, also where a pipe is part of another one. */
function pipeOf({ pipe }: Partial<Described>): readonly PipeItem[] {
  return (pipe ?? []).flatMap((item) => (item.kind === 'schema' ? pipeOf(item) : [item]));
}

function helpOf(schema: Described): string {
  return v.getDescription(schema as unknown as v.GenericSchema) ?? '';
}
