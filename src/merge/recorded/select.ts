import type { BlockStep, RangeSums, SumValues } from '../range-form.ts';
import { ALL, CUT_WORDS } from '../ties/trim-kernels.ts';
import { bitsToFloat, floatBits } from '../twin-array.ts';
import type { Part } from './parts.ts';
import {
  grainsArgument,
  tableArgument,
  type End,
  type PassShape,
  type Scene,
} from './plan-pass.ts';
import type { SelectionStep } from './recording.ts';
import { eachGrain, grainsOf } from './sum-ends.ts';

/** One segment of a selection. */
export interface Choice {
  readonly step: SelectionStep;
  /** Of its sums; a part is in one segment of a selection, so others may have the same. */
  readonly name: string;
  /** Place of its step among those recorded. */
  readonly index: number;
  readonly segment: number;
  /** In the order of the arena. */
  readonly parts: readonly Part[];
}

/** What passes over parts find; parts for which there is no end are left alone. */
export type RunEnds = (
  endsOf: (part: Part) => ReadonlyMap<number, End>,
  take: (part: Part, sums: RangeSums, shape: PassShape) => void,
) => Promise<void>;

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
 * Finds many cuts at once: one pass a digit, then, where only some of the elements at the cut stay,
 * one that counts those in every section and one that finds the last.
 */
export async function select(choices: readonly Choice[], run: RunEnds): Promise<void> {
  const isOpen = ({ step, segment }: Choice) => remainingOf(step, segment) > 0;
  const open = choices.filter(isOpen);
  const isLarge = ({ parts }: Choice) =>
    parts.reduce((sum, { elements }) => sum + elements, 0) >= MANY_ELEMENTS;
  const sizes = [
    { digits: FEW_DIGITS, of: open.filter(isLarge) },
    { digits: SMALL_DIGITS, of: open.filter((choice) => !isLarge(choice)) },
  ];
  for (const { digits, of } of sizes) {
    for (const digit of of.length > 0 ? digits : []) await countDigit(of, digit, run);
  }
  const tied = choices.filter(isOpen);
  if (tied.length > 0) await placeTies(tied, run);
  const rescaled = choices.filter(({ step }) => step.rescales);
  if (rescaled.length > 0) await findScales(rescaled, run);
}

function endsOf(choices: readonly Choice[], end: (choice: Choice, part: Part) => End | null) {
  return (part: Part) =>
    new Map(
      choices.flatMap((choice): [number, End][] => {
        const found = choice.parts.includes(part) ? end(choice, part) : null;
        return found === null ? [] : [[choice.index, found]];
      }),
    );
}

/** Words of a cut: threshold key, last index kept at it, scale, still to be placed. */
function cutOf({ cuts, firstCut }: SelectionStep, segment: number) {
  const at = (firstCut + segment) * CUT_WORDS;
  return (cuts.table as Uint32Array).subarray(at, at + CUT_WORDS);
}

function remainingOf(step: SelectionStep, segment: number): number {
  return cutOf(step, segment)[3] ?? 0;
}

async function countDigit(choices: readonly Choice[], digit: Digit, run: RunEnds): Promise<void> {
  const counts = new Map<Choice, SumValues>();
  const missing = new Map(choices.map((choice) => [choice, choice.parts.length]));
  await run(
    endsOf(choices, (choice) => countEnd(choice, digit)),
    (part, sums) => {
      for (const choice of choices) {
        if (!choice.parts.includes(part)) continue;
        const found = sums[choice.name] ?? new Float64Array();
        const before = counts.get(choice);
        before?.forEach((count, bin) => (before[bin] = count + (found[bin] ?? 0)));
        if (before === undefined) counts.set(choice, found);
        const left = (missing.get(choice) ?? 1) - 1;
        missing.set(choice, left);
        if (left > 0) continue;
        // Tables are large and there may be hundreds: each is dropped when it is full.
        keepDigit(choice, digit, counts.get(choice) ?? found);
        counts.delete(choice);
      }
    },
  );
}

function countEnd({ step, segment, name }: Choice, { shift, bits }: Digit): End {
  const isFirst = shift + bits === 31;
  const length = 2 ** bits;
  const prefix = (cutOf(step, segment)[0] ?? 0) >>> (shift + bits);
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
function keepDigit({ step, segment }: Choice, { shift }: Digit, counts: SumValues): void {
  const cut = cutOf(step, segment);
  let remaining = cut[3] ?? 0;
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

/** Of equal magnitudes the first stay: finds the last of them. */
async function placeTies(choices: readonly Choice[], run: RunEnds): Promise<void> {
  const counts = new Map<Choice, Map<Part, SumValues>>();
  await run(endsOf(choices, equalEnd), (part, sums) => {
    for (const choice of choices) {
      const found = sums[choice.name];
      if (found === undefined || !choice.parts.includes(part)) continue;
      counts.set(choice, (counts.get(choice) ?? new Map<Part, SumValues>()).set(part, found));
    }
  });
  const wanted = new Map(choices.map((choice) => [choice, wantedOf(choice, counts.get(choice))]));
  await run(
    endsOf(choices, (choice, part) => {
      const found = wanted.get(choice);
      return found?.part === part ? placeEnd(choice, found.table) : null;
    }),
    (part, sums) => {
      for (const choice of choices) {
        if (wanted.get(choice)?.part !== part) continue;
        const cut = cutOf(choice.step, choice.segment);
        const found = sums[choice.name] ?? new Float64Array();
        // Only one section was asked.
        const place = Array.from(found).reduce(
          (sum, value, word) => (word % 2 === 1 ? sum + value : sum),
          0,
        );
        cut[1] = part.offset + place;
        cut[3] = 0;
      }
    },
  );
}

function equalEnd({ step, segment, name }: Choice): End {
  const key = cutOf(step, segment)[0] ?? 0;
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length: 1, per: 'section' } }),
    calls: (scene) => [
      {
        kernel: 'range_count_equal',
        arguments: [{ sums: name }, ...operandsOf(step, scene), 'count', key],
      },
    ],
  };
}

/** The part in which the last one is, and which of the equal ones it is in its section. */
function wantedOf({ step, segment, parts }: Choice, counts?: ReadonlyMap<Part, SumValues>) {
  let remaining = remainingOf(step, segment);
  for (const part of parts) {
    const sections = counts?.get(part) ?? new Float64Array();
    for (let section = 0; section < sections.length; section++) {
      const count = sections[section] ?? 0;
      if (count < remaining) {
        remaining -= count;
        continue;
      }
      const table = new Uint32Array(sections.length);
      table[section] = remaining;
      return { part, table };
    }
  }
  return null;
}

function placeEnd({ step, segment, name }: Choice, values: Uint32Array<ArrayBuffer>): End {
  const table = `wanted ${name}`;
  const key = cutOf(step, segment)[0] ?? 0;
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length: 2, per: 'section' } }),
    tables: { [table]: { values, perSection: 1 } },
    calls: (scene) => [
      {
        kernel: 'range_find_equal',
        arguments: [
          { sums: name },
          ...operandsOf(step, scene),
          ...(['count', key, 'first', { value: table, at: 0 }] as const),
        ],
      },
    ],
  };
}

/** As the kernels do it on an executor: grains in order, in float64. */
async function findScales(choices: readonly Choice[], run: RunEnds): Promise<void> {
  const found = new Map<Part, { sums: RangeSums; shape: PassShape }>();
  await run(endsOf(choices, normsEnd), (part, sums, shape) => {
    found.set(part, { sums, shape });
  });
  for (const { step, segment, name, parts } of choices) {
    let [all, kept] = [0, 0];
    for (const part of parts) {
      const { sums = {}, shape } = found.get(part) ?? {};
      const words = sums[name];
      if (words === undefined || shape === undefined) continue;
      eachGrain(words, 2, shape, (_, at) => {
        all += bitsToFloat(words[at] ?? 0);
        kept += bitsToFloat(words[at + 1] ?? 0);
      });
    }
    const scale = all >= SMALLEST_NORM && kept > 0 ? all / kept : 1;
    cutOf(step, segment)[2] = floatBits(scale);
  }
}

/** mergekit's bound: smaller norms are not restored. */
const SMALLEST_NORM = 1e-8;

function normsEnd({ step, name }: Choice): End {
  return {
    reads: [step.values, step.origin],
    sums: (shape) => ({ [name]: { type: 'u32', length: grainsOf(shape) * 2, per: 'section' } }),
    calls: (scene) => [normsCall(step, name, scene)],
  };
}

function normsCall(step: SelectionStep, name: string, scene: Scene): BlockStep {
  const { registers, tables, slots, part } = scene;
  const placed = [step.origin, step.values].map((buffer) => ({
    ...{ block: registers.of(buffer), perElement: 4, before: part.offset },
  }));
  const grains = grainsArgument(scene, step.blocks);
  return {
    kernel: 'ties_block_norms',
    arguments: [
      ...[tableArgument(tables, step.cuts), 0, grains, 0, ...placed, 0],
      { sums: name, perGrain: 8 },
      // First block and blocks, first segment and segments, first cut, shift, ties, part and parts.
      ...[0, slots, 0, 1, step.firstCut, 0, 0, 0, 1],
    ],
  };
}
