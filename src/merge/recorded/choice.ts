import type { RangeSums } from '../range-form.ts';
import { CUT_WORDS } from '../ties/trim-kernels.ts';
import type { Part } from './parts.ts';
import type { End, PassShape, Scene } from './scene.ts';
import type { SelectionStep } from './recording.ts';

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

export function endsOf(
  choices: readonly Choice[],
  end: (choice: Choice, part: Part) => End | null,
) {
  return (part: Part) =>
    new Map(
      choices.flatMap((choice): [number, End][] => {
        const found = choice.parts.includes(part) ? end(choice, part) : null;
        return found === null ? [] : [[choice.index, found]];
      }),
    );
}

/** Words of a cut: threshold key, last index kept at it, scale, still to be placed. */
export function cutOf({ cuts, firstCut }: SelectionStep, segment: number) {
  const at = (firstCut + segment) * CUT_WORDS;
  return (cuts.table as Uint32Array).subarray(at, at + CUT_WORDS);
}

export function remainingOf(step: SelectionStep, segment: number): number {
  return cutOf(step, segment)[3] ?? 0;
}

export function operandsOf(step: SelectionStep, { registers, replaced }: Scene) {
  const [values, origin] = replaced.get(step) ?? [step.values, step.origin];
  return [{ block: registers.of(values) }, { block: registers.of(origin) }];
}
