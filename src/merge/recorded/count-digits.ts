import type { SumValues } from '../range-form.ts';
import { ALL } from '../ties/trim-kernels.ts';
import { cutOf, endsOf, operandsOf, type Choice, type RunEnds } from './choice.ts';
import type { End } from './scene.ts';

export interface Digit {
  readonly shift: number;
  readonly bits: number;
}

/** A magnitude has 31 bits. Two digits mean large tables: they pay where there is much to count. */
export const FEW_DIGITS: readonly Digit[] = [
  { shift: 15, bits: 16 },
  { shift: 0, bits: 15 },
];
export const SMALL_DIGITS: readonly Digit[] = [
  { shift: 20, bits: 11 },
  { shift: 10, bits: 10 },
  { shift: 0, bits: 10 },
];
export const MANY_ELEMENTS = 2 ** 20;

export async function countDigit(
  choices: readonly Choice[],
  digit: Digit,
  run: RunEnds,
): Promise<void> {
  const groups = groupsOf(choices, digit);
  const leaders = [...groups.keys()];
  const counts = new Map<Choice, SumValues>();
  const missing = new Map(leaders.map((choice) => [choice, choice.parts.length]));
  await run(
    endsOf(leaders, (choice) => countEnd(choice, digit)),
    (part, sums) => {
      for (const choice of leaders) {
        if (!choice.parts.includes(part)) continue;
        const found = sums[choice.name] ?? new Float64Array();
        const before = counts.get(choice);
        before?.forEach((count, bin) => (before[bin] = count + (found[bin] ?? 0)));
        if (before === undefined) counts.set(choice, found);
        const left = (missing.get(choice) ?? 1) - 1;
        missing.set(choice, left);
        if (left > 0) continue;
        // Tables are large and there may be hundreds: each is dropped when it is full.
        for (const one of groups.get(choice) ?? []) {
          keepDigit(one, digit, counts.get(choice) ?? found);
        }
        counts.delete(choice);
      }
    },
  );
}

/**
 * Choices that look at the same counts, by the first of them: the two ends of a band are cuts of one
 * task vector, and of the first digit all keys are counted. Steps that follow each other see the same.
 */
export function groupsOf(
  choices: readonly Choice[],
  { shift, bits }: Digit,
): ReadonlyMap<Choice, readonly Choice[]> {
  const groups = new Map<Choice, Choice[]>();
  const leaders = new Map<string, Choice>();
  const placeOf = (index: number, segment: number) => `${index} ${segment}`;
  for (const choice of choices) {
    const { step, index, segment } = choice;
    const before = shift + bits === 31 ? leaders.get(placeOf(index - 1, segment)) : undefined;
    const isSame = before?.step.values === step.values && before.step.origin === step.origin;
    const leader = isSame && before.step.blocks === step.blocks ? before : choice;
    leaders.set(placeOf(index, segment), leader);
    groups.set(leader, [...(groups.get(leader) ?? []), choice]);
  }
  return groups;
}

export function countEnd({ step, segment, name }: Choice, { shift, bits }: Digit): End {
  const isFirst = shift + bits === 31;
  const length = 2 ** bits;
  const prefix = (cutOf(step, segment)[0] ?? 0) >>> (shift + bits);
  return {
    reads: [step.values, step.origin],
    selection: step,
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
