import type { BlockStep, RangeSums, SumValues } from '../range-form.ts';
import { bitsToFloat, floatBits } from '../twin-array.ts';
import { grainsArgument, tableArgument } from './calls.ts';
import { cutOf, endsOf, operandsOf, remainingOf, type Choice, type RunEnds } from './choice.ts';
import { countDigit, FEW_DIGITS, MANY_ELEMENTS, SMALL_DIGITS } from './count-digits.ts';
import { guessCuts, type EqualCounts } from './guess-cuts.ts';
import type { Part } from './parts.ts';
import type { End, PassShape, Scene } from './scene.ts';
import type { SelectionStep } from './recording.ts';
import { eachGrain, grainsOf } from './sum-ends.ts';

/**
 * Finds many cuts at once. Of many elements one pass, led by a sample, should do; else there is one
 * pass a digit, then, where only some of the elements at the cut stay, one that counts those in every
 * section. One finds the last of these, in its section alone.
 */
export async function select(choices: readonly Choice[], run: RunEnds): Promise<void> {
  const isOpen = ({ step, segment }: Choice) => remainingOf(step, segment) > 0;
  const open = choices.filter(isOpen);
  const isLarge = ({ parts }: Choice) =>
    parts.reduce((sum, { elements }) => sum + elements, 0) >= MANY_ELEMENTS;
  const large = open.filter(isLarge);
  const equal = large.length > 0 ? await guessCuts(large, run) : new Map();
  const isMissed = (choice: Choice) => isOpen(choice) && !equal.has(choice);
  const sizes = [
    { digits: FEW_DIGITS, of: large.filter(isMissed) },
    { digits: SMALL_DIGITS, of: open.filter((choice) => !isLarge(choice)) },
  ];
  for (const { digits, of } of sizes) {
    for (const digit of of.length > 0 ? digits : []) await countDigit(of, digit, run);
  }
  const tied = choices.filter(isOpen);
  if (tied.length > 0) await placeTies(tied, equal, run);
  const rescaled = choices.filter(({ step }) => step.rescales);
  if (rescaled.length > 0) await findScales(rescaled, run);
}

/** Of equal magnitudes the first stay: finds the last of them. @param known counts of sections */
async function placeTies(
  choices: readonly Choice[],
  known: EqualCounts,
  run: RunEnds,
): Promise<void> {
  const counts = new Map<Choice, Map<Part, SumValues>>();
  for (const [choice, parts] of known) counts.set(choice, new Map(parts));
  await run(
    endsOf(
      choices.filter((choice) => !known.has(choice)),
      equalEnd,
    ),
    (part, sums) => {
      for (const choice of choices) {
        const found = sums[choice.name];
        if (found === undefined || !choice.parts.includes(part) || known.has(choice)) continue;
        counts.set(choice, (counts.get(choice) ?? new Map<Part, SumValues>()).set(part, found));
      }
    },
  );
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
    selection: step,
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
    selection: step,
    sums: () => ({ [name]: { type: 'u32', length: 2, per: 'section' } }),
    tables: { [table]: { values, perSection: 1 } },
    only: values.findIndex((wanted) => wanted > 0),
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
