import { AppError } from '../core/errors.ts';

/** Weights of checkpoints over time, oldest first. */
export type WeightShape =
  | { readonly shape: 'uniform' }
  /** Rising by the same amount from period to period. */
  | { readonly shape: 'linear' }
  /** Halved every `halfLife` periods back in time. */
  | { readonly shape: 'half-life'; readonly halfLife: number }
  /** θₜ + α (θₜ − θₜ₋₁): −α for the last but one, 1 + α for the last. */
  | { readonly shape: 'velocity'; readonly alpha: number };

/** Weights that sum to 1, oldest first. @errors invalid-argument */
export function shapedWeights(shape: WeightShape, count: number): number[] {
  const weights = rawWeights(shape, count);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Number((weight / sum).toPrecision(12)));
}

function rawWeights(shape: WeightShape, count: number): number[] {
  const each = (weight: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => weight(index));
  switch (shape.shape) {
    case 'uniform':
      return each(() => 1);
    case 'linear':
      return each((index) => index + 1);
    case 'half-life':
      if (!(shape.halfLife > 0)) {
        throw new AppError('invalid-argument', 'A half-life must be above 0 periods.');
      }
      return each((index) => 2 ** (-(count - 1 - index) / shape.halfLife));
    case 'velocity':
      if (count < 2) {
        throw new AppError('invalid-argument', 'A velocity needs at least two checkpoints.');
      }
      return each((index) =>
        index === count - 1 ? 1 + shape.alpha : index === count - 2 ? -shape.alpha : 0,
      );
  }
}
