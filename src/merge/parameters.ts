import { AppError, type Fault } from '../core/errors.ts';

interface ParameterBase {
  /** Key in recipes and experiment documents; the name the method's own program uses. */
  readonly name: string;
  readonly title: string;
  /** One sentence for the form. */
  readonly doc: string;
}

/** A number, or with `perModel` one number a model (a single number then stands for all). */
export interface NumberParameter extends ParameterBase {
  readonly kind: 'number';
  readonly perModel: boolean;
  readonly default: number;
  /** Accepted values, both ends included. */
  readonly range: readonly [number, number];
  /** Whole numbers only: counts and seeds. */
  readonly isInteger?: boolean;
  /** What a slider offers, when the accepted range is too wide for one. */
  readonly slider?: readonly [number, number];
}

export interface BooleanParameter extends ParameterBase {
  readonly kind: 'boolean';
  readonly default: boolean;
}

export interface ChoiceParameter extends ParameterBase {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

/** Definition of one parameter of a merge method: form, schema and check all come from it. */
export type ParameterDef = NumberParameter | BooleanParameter | ChoiceParameter;

type Value = readonly number[] | boolean | string;

/** Checked parameters of one merge, defaults filled in. Asking for an undefined name is a bug. */
export class ParameterValues {
  private readonly values: ReadonlyMap<string, Value>;

  constructor(values: ReadonlyMap<string, Value>) {
    this.values = values;
  }

  number(name: string): number {
    return this.perModel(name)[0] ?? Number.NaN;
  }

  /** One number a model. */
  perModel(name: string): readonly number[] {
    const value = this.values.get(name);
    if (typeof value === 'object') return value;
    throw undefinedParameter(name);
  }

  boolean(name: string): boolean {
    const value = this.values.get(name);
    if (typeof value === 'boolean') return value;
    throw undefinedParameter(name);
  }

  choice(name: string): string {
    const value = this.values.get(name);
    if (typeof value === 'string') return value;
    throw undefinedParameter(name);
  }
}

function undefinedParameter(name: string): AppError {
  return new AppError('internal', `The merge method defines no such parameter: "${name}".`);
}

/** What checking parameters gives: values, or every fault with its place. */
export type ParameterCheck =
  | { readonly ok: true; readonly values: ParameterValues }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Checks parameters as they stand in a recipe. `place` prefixes the places of faults. */
export function checkParameters(
  definitions: readonly ParameterDef[],
  given: Readonly<Record<string, unknown>>,
  modelCount: number,
  place = 'parameters',
): ParameterCheck {
  const faults: Fault[] = [];
  const values = new Map<string, Value>();
  for (const name of Object.keys(given)) {
    if (!definitions.some((definition) => definition.name === name)) {
      const known = definitions.map((definition) => `"${definition.name}"`).join(', ');
      const message = known === '' ? 'The method takes no parameters.' : `Unknown; has ${known}.`;
      faults.push({ place: `${place}.${name}`, message });
    }
  }
  for (const definition of definitions) {
    const value = given[definition.name] ?? definition.default;
    const result = checkOne(definition, value, modelCount);
    if (typeof result === 'object' && 'fault' in result) {
      faults.push({ place: `${place}.${definition.name}`, message: result.fault });
    } else {
      values.set(definition.name, result);
    }
  }
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, values: new ParameterValues(values) };
}

/** @errors invalid-argument with all faults listed */
export function resolveParameters(
  definitions: readonly ParameterDef[],
  given: Readonly<Record<string, unknown>>,
  modelCount: number,
): ParameterValues {
  const check = checkParameters(definitions, given, modelCount);
  if (check.ok) return check.values;
  const list = check.faults.map((fault) => `${fault.place}: ${fault.message}`).join(' ');
  throw new AppError('invalid-argument', `The merge has wrong parameters. ${list}`, {
    hint: 'Nothing was merged. Correct the parameters and merge again.',
    faults: check.faults,
  });
}

function checkOne(
  definition: ParameterDef,
  value: unknown,
  modelCount: number,
): Value | { fault: string } {
  switch (definition.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : { fault: 'Must be true or false.' };
    case 'choice':
      return typeof value === 'string' && definition.choices.includes(value)
        ? value
        : { fault: `Must be one of ${definition.choices.join(', ')}.` };
    case 'number':
      return checkNumbers(definition, value, modelCount);
  }
}

function checkNumbers(
  definition: NumberParameter,
  value: unknown,
  modelCount: number,
): readonly number[] | { fault: string } {
  const count = definition.perModel ? modelCount : 1;
  const listed: readonly unknown[] | null =
    definition.perModel && Array.isArray(value) ? (value as unknown[]) : null;
  if (listed !== null && listed.length !== count) {
    return { fault: `Has ${listed.length} values for ${count} models.` };
  }
  const list = listed ?? Array.from({ length: count }, () => value);
  const [low, high] = definition.range;
  const numbers = list.filter(
    (item): item is number =>
      typeof item === 'number' &&
      item >= low &&
      item <= high &&
      (definition.isInteger !== true || Number.isInteger(item)),
  );
  if (numbers.length === list.length) return numbers;
  const one = definition.isInteger === true ? 'a whole number' : 'a number';
  const shape = definition.perModel ? `${one}, or one a model,` : one;
  return { fault: `Must be ${shape} from ${low} to ${high}.` };
}
