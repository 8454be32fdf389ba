import { MOST_CLOSE } from '../../nn/ops/close-samples.ts';
import type { LossCurve } from '../checkpoints/checkpoint-meta.ts';

/** How many of a training's negatives lay close to their targets, and in how many steps most did. */
export interface CloseNegatives {
  /** Mean share of each epoch. */
  readonly epochs: readonly number[];
  /** Steps in which more than half were close. */
  readonly mostly: number;
  readonly steps: number;
}

/** @returns null of a training that does not measure it */
export function closeNegatives(
  curve: LossCurve | null | undefined,
  epochs: number,
): CloseNegatives | null {
  const shares = curve?.closeShares ?? [];
  if (shares.length === 0) return null;
  const size = Math.max(1, Math.round(shares.length / Math.max(1, epochs)));
  const means: number[] = [];
  for (let start = 0; start < shares.length; start += size) {
    const own = shares.slice(start, start + size);
    means.push(own.reduce((sum, share) => sum + share, 0) / own.length);
  }
  const mostly = shares.filter((share) => share > MOST_CLOSE).length;
  return { epochs: means, mostly, steps: shares.length };
}

/**
 * What a user must know of them: where the mask is by closeness, what is close does not compete, and
 * a training without competition learns nothing and shows a loss of 0 for it.
 * @param mask absent: by closeness
 */
export function closenessNotes(
  name: string,
  { epochs, mostly, steps }: CloseNegatives,
  { mask, threshold }: { readonly mask?: 'item' | 'auto' | undefined; readonly threshold: number },
): string[] {
  const percent = (share = NaN) => `${(100 * share).toFixed(1)} %`;
  const course = `${percent(epochs[0])} in the first epoch, ${percent(epochs.at(-1))} in the last`;
  const which = `closer to their target than a cosine of ${threshold}`;
  const highest = Math.max(...epochs);
  if (mask === undefined && highest > MOST_CLOSE) {
    const dead = highest > 0.99 ? 'next to nothing was learned there' : 'less was learned there';
    return [
      `Warning: ${name}: more than half of the negatives are ${which} and masked (${course}): ${dead}, and a low loss is no success. ` +
        'Set embedding.mask to auto, which masks by item while vectors are that close, or start from a base that tells the items apart (more epochs, longer texts).',
    ];
  }
  const notes: string[] = [];
  if (mask === 'auto' && mostly > 0) {
    notes.push(
      `${name}: in ${mostly} of ${steps} steps more than half of the negatives are ${which} (${course}); in these steps the mask is by item.`,
    );
  }
  if (mask !== undefined && (epochs.at(-1) ?? 0) > MOST_CLOSE) {
    notes.push(
      `Warning: ${name}: at the end most negatives are still ${which} (${course}): the item encoder hardly tells items apart. ` +
        'Train it longer, or start from a base of more epochs or longer texts.',
    );
  }
  return notes;
}
