import { AppError } from '../../core/errors.ts';
import {
  GRAIN_ELEMENTS,
  type BlockArgument,
  type BlockStep,
  type PassTable,
} from '../range-form.ts';

/** Where a block lies. */
export interface BlockPlace {
  /** In the tensor. */
  readonly first: number;
  /** In its section. */
  readonly within: number;
  readonly section: number;
  readonly count: number;
}

/** Addresses that steps are given. */
export interface BlockState {
  readonly block: (k: number) => number;
  /** Where an operand's bfloat16 numbers lie, and which element of the tensor the first one is. */
  readonly halves: (k: number) => { readonly start: number; readonly first: number };
  /** `step` bytes on with every section of the range. */
  readonly sums: ReadonlyMap<
    string,
    { readonly start: number; readonly step: number; readonly width: number }
  >;
  /** As above: a range is given the records of its own sections. */
  readonly tables: ReadonlyMap<
    string,
    { readonly start: number; readonly step: number; readonly table: PassTable }
  >;
  /** Of the range. */
  readonly firstSection: number;
}

type Call = (...parameters: readonly number[]) => number;
/** A parameter that changes from block to block. */
type Vary = (place: BlockPlace, firstSection: number) => number;

/**
 * Steps with everything but the block fixed.
 * @errors internal when a step names or counts something that is not there
 */
export function bindSteps(
  steps: readonly BlockStep[],
  functionOf: (name: string) => Call,
  state: BlockState,
): (place: BlockPlace) => void {
  const calls = steps.map((step) => bindStep(step, functionOf(step.kernel), state));
  const { firstSection } = state;
  return (place) => {
    for (const { call, parameters, varying } of calls) {
      for (const { at, value } of varying) parameters[at] = value(place, firstSection);
      call(...parameters);
    }
  };
}

function bindStep({ kernel, arguments: list }: BlockStep, call: Call, state: BlockState) {
  if (call.length !== list.length) {
    const what = `"${kernel}" takes ${call.length} parameters and is given ${list.length}.`;
    throw new AppError('internal', what);
  }
  // An array of numbers with one fraction among them would make an object of each for every call:
  // one that was made of something else keeps its numbers as they are.
  const parameters = list.map(() => null) as unknown as number[];
  const varying: { at: number; value: Vary }[] = [];
  list.forEach((argument, at) => {
    const value = bindArgument(argument, state);
    if (typeof value === 'number') parameters[at] = value;
    else varying.push({ at, value });
  });
  return { call, parameters, varying };
}

function bindArgument(argument: BlockArgument, state: BlockState): number | Vary {
  if (typeof argument === 'number') return argument;
  if (typeof argument === 'string') return PLACES[argument];
  if ('block' in argument) {
    const { block, perElement, before = 0 } = argument;
    const start = state.block(block);
    if (perElement === undefined) return start;
    // Addresses wrap as those of the kernels do (beyond 2⁵³ bytes nothing would be exact): small whole
    // numbers take no memory, and thousands a second of others would be garbage.
    return ({ first }) => (start - (before + first) * perElement) | 0;
  }
  if ('bytesOf' in argument) {
    const halves = state.halves(argument.bytesOf);
    return ({ first }) => halves.start + (first - halves.first) * HALF_BYTES;
  }
  if ('sums' in argument) {
    const { step, width, ...place } = found(state.sums, argument.sums);
    const start = place.start + (argument.at ?? 0) * width;
    const { perGrain } = argument;
    if (perGrain !== undefined) {
      return ({ section, within }, first) =>
        start + (section - first) * step + Math.floor(within / GRAIN_ELEMENTS) * perGrain;
    }
    return step === 0 ? start : ({ section }, first) => start + (section - first) * step;
  }
  if ('table' in argument) {
    const { step, table, ...place } = found(state.tables, argument.table);
    const start = place.start + (argument.at ?? 0) * table.values.BYTES_PER_ELEMENT;
    return step === 0 ? start : ({ section }, first) => start + (section - first) * step;
  }
  const { table } = found(state.tables, argument.value);
  const { values, perSection = 0 } = table;
  const { at } = argument;
  if (perSection === 0) return values[at] ?? Number.NaN;
  return ({ section }, first) => values[(section - first) * perSection + at] ?? Number.NaN;
}

const HALF_BYTES = 2;

const PLACES: Readonly<Record<Extract<BlockArgument, string>, Vary>> = {
  count: ({ count }) => count,
  quads: ({ count }) => Math.ceil(count / 4),
  first: ({ first }) => first,
  within: ({ within }) => within,
  section: ({ section }) => section,
};

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value !== undefined) return value;
  throw new AppError('internal', `A pass has no sums or table "${name}".`);
}
