import type { RandomStream } from '../../core/rng.ts';
import { bestTrial } from '../merging/best-trial.ts';
import { meanAndError } from '../../rec/evaluation/metrics.ts';

/** What every user says of each weight that was tried. */
export interface UserChoice {
  readonly weights: readonly number[];
  /** By weight, then by user; the same users in the same order everywhere. */
  readonly values: readonly (readonly number[])[];
}

/** The best weight over users drawn again with replacement. */
export interface ResampledWeight {
  /** One a draw. */
  readonly weights: readonly number[];
  readonly mean: number;
  readonly variance: number;
  /** 2.5 and 97.5 % of the draws lie below. */
  readonly low: number;
  readonly high: number;
}

/** What choosing is worth to users that had no say. */
export interface CrossFittedGain {
  /** Chosen minus reference, paired by user. */
  readonly value: number;
  readonly standardError: number;
  readonly n: number;
  /** Of what the halves chose. */
  readonly meanWeight: number;
}

/** So many ways to cut the users in two: one alone is luck. */
const SPLITS = 20;

/** The weight that these users together find best; users may be named more than once. */
export function chosenWeight(
  { weights, values }: UserChoice,
  users: ArrayLike<number>,
): { readonly place: number; readonly weight: number } {
  const trials = weights.map((weight, at) => {
    const own = values[at] ?? [];
    let sum = 0;
    for (let i = 0; i < users.length; i++) sum += own[users[i] ?? 0] ?? NaN;
    return { score: sum, point: { weight } };
  });
  const place = bestTrial(trials);
  return { place, weight: weights[place] ?? NaN };
}

/**
 * The choice repeated on users drawn with replacement: how far α* can be told at all.
 * @source Efron 1979, doi:10.1214/aos/1176344552
 */
export function resampledWeight(
  choice: UserChoice,
  draws: number,
  random: RandomStream,
): ResampledWeight {
  const n = choice.values[0]?.length ?? 0;
  const users = new Uint32Array(n);
  const weights = Array.from({ length: draws }, () => {
    for (let i = 0; i < n; i++) users[i] = random.nextInt(n);
    return chosenWeight(choice, users).weight;
  });
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / draws;
  const squares = weights.reduce((sum, weight) => sum + (weight - mean) ** 2, 0);
  const [low, high] = interval95(weights);
  return { weights, mean, variance: draws < 2 ? 0 : squares / (draws - 1), low, high };
}

/** The 2.5 and 97.5 % points, by linear interpolation between neighbours. */
export function interval95(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low = NaN, high = low] = [sorted[below], sorted[below + 1]];
    return low + (high - low) * (place - below);
  };
  return [at(0.025), at(0.975)];
}

/**
 * Half of the users choose, the other half is measured, and the other way round; the mean over
 * several cuts. So nothing is chosen by whom it is measured on.
 * @param reference place of what the choice is compared with
 * @numeric the standard error is over users, with what was chosen taken as given
 */
export function crossFittedGain(
  choice: UserChoice,
  reference: number,
  random: RandomStream,
): CrossFittedGain {
  const n = choice.values[0]?.length ?? 0;
  const gains = new Float64Array(n);
  let weights = 0;
  for (let split = 0; split < SPLITS; split++) {
    const order = random.shuffle(Array.from({ length: n }, (_, i) => i));
    const halves = [order.slice(0, n >> 1), order.slice(n >> 1)] as const;
    for (const [own, other] of [halves, halves.toReversed()]) {
      const { place, weight } = chosenWeight(choice, own ?? []);
      weights += weight / (2 * SPLITS);
      for (const user of other ?? []) {
        const gain =
          (choice.values[place]?.[user] ?? NaN) - (choice.values[reference]?.[user] ?? NaN);
        gains[user] = (gains[user] ?? 0) + gain / SPLITS;
      }
    }
  }
  return { ...meanAndError([...gains]), meanWeight: weights };
}
