import type { BooleanParameter, ChoiceParameter, NumberParameter } from '../parameters.ts';
import type { Rescale } from '../sparse/sparsify.ts';

/** Share of a task vector that survives, one number a model. */
export const DENSITY: NumberParameter = {
  kind: 'number',
  name: 'density',
  title: 'Kept share ρ',
  doc: 'Share of each task vector that survives; 1 keeps everything.',
  perModel: true,
  default: 1,
  range: [0, 1],
};

/** Seed of the draws. */
export const SEED: NumberParameter = {
  kind: 'number',
  name: 'seed',
  title: 'Seed',
  doc: 'Chooses the random masks; the same seed always gives the same masks.',
  perModel: false,
  default: 0,
  range: [0, 2 ** 32 - 1],
  isInteger: true,
  slider: [0, 100],
};

/** Whether what stays is made larger. */
export function rescaleParameter(initial: boolean): BooleanParameter {
  return {
    kind: 'boolean',
    name: 'rescale',
    title: 'Rescale',
    doc: 'Makes what survives larger, to make up for what was dropped.',
    default: initial,
  };
}

/** In which way; mergekit restores the norm, the paper divides by the probability. */
export const RESCALE_BY: ChoiceParameter = {
  kind: 'choice',
  name: 'rescale_by',
  title: 'Rescale by',
  doc: 'Restores the L1 norm of each tensor as mergekit does, or divides by the probability to stay as the paper does.',
  default: 'l1',
  choices: ['l1', 'probability'],
};

/** Weighted mean or weighted sum. */
export function normalizeParameter(initial: boolean): BooleanParameter {
  return {
    kind: 'boolean',
    name: 'normalize',
    title: 'Average',
    doc: 'Divides by the sum of the weights that count; off: adds up.',
    default: initial,
  };
}

/** What the two parameters ask for. */
export function rescaleOf(isOn: boolean, by: string): Rescale {
  if (!isOn) return 'none';
  return by === 'probability' ? 'density' : 'l1';
}
