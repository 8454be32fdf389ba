import { firstNonFinite } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';

/** A value that is no number, or no finite one, and where it stands. */
export interface BadValue {
  readonly place: 'weight' | 'gradient';
  readonly tensor: string;
  /** Element of the tensor. */
  readonly index: number;
  readonly value: number;
}

/** The first bad value of an arena, in the order of its layout; null when all are finite. */
export function firstBad(
  { entries }: ParameterLayout,
  arena: Float32Array,
  place: BadValue['place'],
): BadValue | null {
  for (const { name, offset, size } of entries) {
    const bad = firstNonFinite(arena.subarray(offset, offset + size));
    if (bad !== null) return { place, tensor: name, ...bad };
  }
  return null;
}

/**
 * The error of a step whose loss or gradient is not finite.
 * @param bad null where every value by itself is finite, and only their sum is not
 */
export function nonFiniteStep(
  stepIndex: number,
  bad: BadValue | null,
  learningRate: number | null,
): AppError {
  const isWeight = bad?.place === 'weight';
  const at = bad && `element ${String(bad.index)} of "${bad.tensor}" (${String(bad.value)})`;
  const first =
    at === null ? '' : isWeight ? `, because of ${at}` : `, first in the gradient of ${at}`;
  const message = `Step ${String(stepIndex)}: the loss or the gradient is not a number${first}.`;
  const kept = 'The weights before this step are unchanged, and the last checkpoint is kept.';
  const rate = learningRate !== null && learningRate > 0 ? learningRate : null;
  const lower =
    rate === null
      ? 'Lower the learning rate.'
      : `Lower the learning rate: ${shown(rate / 3)} at most where this step had ${shown(rate)}.`;
  const hint = isWeight
    ? `${kept} The training began with that weight: start from another base.`
    : `${kept} ${lower}`;
  return new AppError('non-finite', message, { hint, details: { stepIndex, ...bad } });
}

function shown(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}
