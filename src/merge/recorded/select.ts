import type { BlockStep, RangeSums } from '../range-form.ts';
import { ALL, CUT_WORDS } from '../ties/trim-kernels.ts';
import { bitsToFloat, floatBits } from '../twin-array.ts';
import { GRAINS, tableArgument, type End, type PassShape, type Scene } from './plan-pass.ts';
import type { SelectionStep } from './recording.ts';
import { eachGrain, grainsOf } from './sum-ends.ts';

/** A selection that is being made, under a name of its own. */
export interface Choice {
  readonly step: SelectionStep;
  readonly name: string;
  /** Place of its step among those recorded. */
  readonly index: number;
}

/** Runs one pass with an end for each of these choices. */
export type RunEnds = (
  ends: ReadonlyMap<number, End>,
) => Promise<{ readonly sums: RangeSums; readonly shape: PassShape }>;

interface Digit {
  readonly shift: number;
  readonly bits: number;
}

/** A magnitude has 31 bits. Two digits mean large tables: they pay where there is much to count. */
const FEW_DIGITS: readonly Digit[] = [
  { shift: 15, bits: 16 },
  { shift: 0, bits: 15 },
];
const SMALL_DIGITS: readonly Digit[] = [
  { shift: 20, bits: 11 },
  { shift: 10, bits: 10 },
  { shift: 0, bits: 10 },
];
const MANY_ELEMENTS = 2 ** 20;

/**
 * Finds the cuts of several selections at once: one pass a digit, then, where only some of the
 * elements at the cut stay, one that counts those in every section and one that finds the last.
 */
export async function select(
  choices: readonly Choice[],
  elements: number,
  run: RunEnds,
): Promise<void> {
  const isOpen = ({ step }: Choice) => remainingOf(step) > 0;
  const ends = (of: readonly Choice[], end: (choice: Choice) => End) =>
    new Map(of.map((choice) => [choice.index, end(choice)]));
  const digits = elements >= MANY_ELEMENTS ? FEW_DIGITS : SMALL_DIGITS;
  const counted = choices.filter(isOpen);
  for (const digit of counted.length > 0 ? digits : []) {
    const { sums } = await run(ends(counted, (choice) => countEnd(choice, digit)));
    for (const choice of counted) keepDigit(choice, digit, sums);
  }
  const tied = choices.filter(isOpen);
  if (tied.length > 0) {
    const { sums } = await run(ends(tied, equalEnd));
    const places = await run(ends(tied, (choice) => placeEnd(choice, sums)));
    for (const choice of tied) keepPlace(choice, places.sums);
  }
  const rescaled = choices.filter(({ step }) => step.rescales);
  if (rescaled.length === 0) return;
  const { sums, shape } = await run(ends(rescaled, normsEnd));
  for (const choice of rescaled) keepScale(choice, sums, shape);
}

/** Words of the only segment's cut: threshold key, last index kept at it, scale, still to place. */
function cutOf({ cuts, firstCut }: SelectionStep) {
  const table = cuts.table as Uint32Array;
  return table.subarray(firstCut * CUT_WORDS, (firstCut + 1) * CUT_WORDS);
}

function remainingOf(step: SelectionStep): number {
  return cutOf(step)[3] ?? 0;
}

function countEnd({ step, name }: Choice, { shift, bits }: Digit): End {
  const isFirst = shift + bits === 31;
  const length = 2 ** bits;
  const prefix = (cutOf(step)[0] ?? 0) >>> (shift + bits);
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length, per: 'tensor' } }),
    calls: (scene) => [
      {
        kernel: isFirst ? 'range_count_upper' : 'range_count_lower',
        arguments: [
          { sums: name },
          ...operandsOf(step, scene),
          'count',
          shift,
          ...(isFirst ? [] : [length - 1, shift + bits, prefix]),
        ],
      },
    ],
  };
}

function operandsOf({ values, origin }: SelectionStep, { registers }: Scene) {
  return [{ block: registers.of(values) }, { block: registers.of(origin) }];
}

/** Goes down from the largest magnitudes until enough are above. */
function keepDigit({ step, name }: Choice, { shift }: Digit, sums: RangeSums): void {
  const cut = cutOf(step);
  const counts = sums[name] ?? new Float64Array();
  let remaining = remainingOf(step);
  let bin = counts.length - 1;
  while (bin > 0 && (counts[bin] ?? 0) < remaining) {
    remaining -= counts[bin] ?? 0;
    bin--;
  }
  cut[0] = (cut[0] ?? 0) | (bin << shift);
  const isFinal = shift === 0 && (step.keepsTies || remaining === counts[bin]);
  if (isFinal) cut[1] = ALL;
  cut[3] = isFinal ? 0 : remaining;
}

function equalEnd({ step, name }: Choice): End {
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length: 1, per: 'section' } }),
    calls: (scene) => [
      {
        kernel: 'range_count_equal',
        arguments: [{ sums: name }, ...operandsOf(step, scene), 'count', cutOf(step)[0] ?? 0],
      },
    ],
  };
}

/** Of equal magnitudes the first stay: looks for the last of them in its section. */
function placeEnd({ step, name }: Choice, equal: RangeSums): End {
  const counts = equal[name] ?? new Float64Array();
  const wanted = new Uint32Array(counts.length);
  let remaining = remainingOf(step);
  let section = 0;
  while (section < counts.length && (counts[section] ?? 0) < remaining) {
    remaining -= counts[section] ?? 0;
    section++;
  }
  wanted[section] = remaining;
  const table = `wanted ${name}`;
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length: 2, per: 'section' } }),
    tables: { [table]: { values: wanted, perSection: 1 } },
    calls: (scene) => [
      {
        kernel: 'range_find_equal',
        arguments: [
          { sums: name },
          ...operandsOf(step, scene),
          ...(['count', cutOf(step)[0] ?? 0, 'first', { value: table, at: 0 }] as const),
        ],
      },
    ],
  };
}

function keepPlace({ step, name }: Choice, sums: RangeSums): void {
  const cut = cutOf(step);
  const found = sums[name] ?? new Float64Array();
  // Only one section was asked.
  cut[1] = found.reduce((place, value, word) => (word % 2 === 1 ? place + value : place), 0);
  cut[3] = 0;
}

function normsEnd({ step, name }: Choice): End {
  return {
    reads: [step.values, step.origin],
    sums: (shape) => ({ [name]: { type: 'u32', length: grainsOf(shape) * 2, per: 'section' } }),
    calls: (scene) => [normsCall(step, name, scene)],
  };
}

function normsCall(
  step: SelectionStep,
  name: string,
  { registers, tables, slots }: Scene,
): BlockStep {
  const placed = [step.origin, step.values].map((buffer) => ({
    block: registers.of(buffer),
    perElement: 4,
  }));
  return {
    kernel: 'ties_block_norms',
    arguments: [
      ...[tableArgument(tables, step.cuts), 0, { sums: GRAINS }, 0, ...placed, 0],
      { sums: name, perGrain: 8 },
      // First block and blocks, first segment and segments, first cut, shift, ties, part and parts.
      ...[0, slots, 0, 1, step.firstCut, 0, 0, 0, 1],
    ],
  };
}

/** As the kernel does it on an executor: grains in order, in float64. */
function keepScale({ step, name }: Choice, sums: RangeSums, shape: PassShape): void {
  const words = sums[name] ?? new Float64Array();
  let [all, kept] = [0, 0];
  eachGrain(words, 2, shape, (_, at) => {
    all += bitsToFloat(words[at] ?? 0);
    kept += bitsToFloat(words[at + 1] ?? 0);
  });
  cutOf(step)[2] = floatBits(all >= SMALLEST_NORM && kept > 0 ? all / kept : 1);
}

/** mergekit's bound: smaller norms are not restored. */
const SMALLEST_NORM = 1e-8;
