import { RandomStream } from '../../core/rng.ts';

/** One thing a user took, seen without knowing the user's taste. */
export interface SeenChoice {
  readonly item: number;
  /** Per item its weight for a user without any taste; 0 for what could not be taken. */
  readonly plain: Float64Array;
  /** Probability that a usual successor is taken. */
  readonly follow: number;
  /** Probability that this item is taken as one. */
  readonly followed: number;
}

/** Tastes that a user may have, weighted by what was seen; each by how much it likes every item. */
export interface TasteParticles {
  /** exp of the liking, particles × items. */
  readonly likings: readonly Float64Array[];
  /** Sum to 1. */
  readonly weights: readonly number[];
  /** The most probable taste. */
  readonly mode: Float64Array;
}

/** Steps of Newton's method: the posterior is nearly a normal one, and steps halve where they fail. */
const NEWTON_STEPS = 12;
/** It ends where no coordinate moves further: the mode only has to place the proposal. */
const NEAR_ENOUGH = 0.02;
/** The proposal is this much wider than the normal fitted at the mode: tails must be covered. */
const WIDER = 1.15;

/**
 * The posterior of a taste a ~ N(0, I), given what a user took:
 *
 *   p(a | seen) ∝ N(a; 0, I) Π_e [ followed_e + (1 − follow_e) softmax_e(log plain_e + F a)_item ]
 *
 * by importance sampling from a normal around its mode (Newton's method on the log posterior, the
 * curvature by the covariance of the softmax, which is the exact one but for the mixture with
 * follow-ups). Exact as particles go to infinity.
 * @param features items × dimensions: F, what a unit of taste adds to the log weight of an item
 * @param normals particles × dimensions, standard normal draws
 */
export function tasteParticles(
  seen: readonly SeenChoice[],
  features: Float64Array,
  dimensions: number,
  normals: readonly Float64Array[],
): TasteParticles {
  const { mode, precision } = posteriorMode(seen, features, dimensions);
  const lower = cholesky(precision, dimensions);
  const logs: number[] = [];
  const likings = normals.map((draw) => {
    // precision = L Lᵀ, so that L⁻ᵀ n has its inverse as covariance.
    const taste = solveTransposed(lower, draw, dimensions).map(
      (value, d) => (mode[d] ?? 0) + WIDER * value,
    );
    const liking = likingsOf(taste, features);
    let log = 0;
    for (let d = 0; d < dimensions; d++) {
      log += 0.5 * ((draw[d] ?? 0) ** 2 - (taste[d] ?? 0) ** 2);
    }
    for (const choice of seen) log += Math.log(probabilityOf(choice, liking));
    logs.push(log);
    return liking;
  });
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { likings, weights: weights.map((weight) => weight / total), mode };
}

/** Standard normal draws, each with its mirror image: the mean of the proposal is then exact. */
export function mirroredNormals(count: number, dimensions: number, seed: number): Float64Array[] {
  const stream = new RandomStream(seed, 'simulator/oracle');
  const half = Array.from({ length: count / 2 }, () =>
    Float64Array.from({ length: dimensions }, () => stream.nextNormal()),
  );
  return half.flatMap((draw) => [draw, draw.map((value) => -value)]);
}

function likingsOf(taste: Float64Array, features: Float64Array): Float64Array {
  const dimensions = taste.length;
  const likings = new Float64Array(features.length / dimensions);
  for (let item = 0; item < likings.length; item++) {
    let sum = 0;
    for (let d = 0; d < dimensions; d++) {
      sum += (features[item * dimensions + d] ?? 0) * (taste[d] ?? 0);
    }
    likings[item] = Math.exp(sum);
  }
  return likings;
}

function probabilityOf({ item, plain, follow, followed }: SeenChoice, liking: Float64Array) {
  let total = 0;
  for (let other = 0; other < plain.length; other++) {
    total += (plain[other] ?? 0) * (liking[other] ?? 0);
  }
  return followed + ((1 - follow) * (plain[item] ?? 0) * (liking[item] ?? 0)) / total;
}

function posteriorMode(seen: readonly SeenChoice[], features: Float64Array, dimensions: number) {
  let mode = new Float64Array(dimensions);
  let now = slopes(seen, features, mode);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const move = solve(cholesky(now.precision, dimensions), now.gradient, dimensions);
    if (Math.max(...move.map(Math.abs)) < NEAR_ENOUGH) break;
    let next = now;
    for (let size = 1; size > 1e-3 && !(next.log > now.log); size /= 2) {
      const tried = mode.map((value, d) => value + size * (move[d] ?? 0));
      next = slopes(seen, features, tried);
      if (next.log > now.log) mode = tried;
    }
    if (!(next.log > now.log)) break;
    now = next;
  }
  return { mode, precision: now.precision };
}

/** Log posterior up to a constant, its gradient, and the curvature that Newton's step divides by. */
function slopes(seen: readonly SeenChoice[], features: Float64Array, taste: Float64Array) {
  const dimensions = taste.length;
  const liking = likingsOf(taste, features);
  const gradient = taste.map((value) => -value);
  const precision = new Float64Array(dimensions * dimensions);
  for (let d = 0; d < dimensions; d++) precision[d * dimensions + d] = 1;
  let log = -0.5 * taste.reduce((sum, value) => sum + value ** 2, 0);
  const mean = new Float64Array(dimensions);
  const square = new Float64Array(dimensions * dimensions);
  for (const choice of seen) {
    const { item, plain, follow } = choice;
    mean.fill(0);
    square.fill(0);
    let total = 0;
    for (let other = 0; other < plain.length; other++) {
      const weight = (plain[other] ?? 0) * (liking[other] ?? 0);
      if (weight === 0) continue;
      total += weight;
      for (let d = 0; d < dimensions; d++) {
        const value = weight * (features[other * dimensions + d] ?? 0);
        mean[d] = (mean[d] ?? 0) + value;
        for (let e = 0; e <= d; e++) {
          const at = d * dimensions + e;
          square[at] = (square[at] ?? 0) + value * (features[other * dimensions + e] ?? 0);
        }
      }
    }
    const liked = ((1 - follow) * (plain[item] ?? 0) * (liking[item] ?? 0)) / total;
    const probability = choice.followed + liked;
    log += Math.log(probability);
    // How likely it was taken for its own sake, not as a successor.
    const own = liked / probability;
    for (let d = 0; d < dimensions; d++) {
      const at = (mean[d] ?? 0) / total;
      gradient[d] = (gradient[d] ?? 0) + own * ((features[item * dimensions + d] ?? 0) - at);
      for (let e = 0; e <= d; e++) {
        const covariance =
          (square[d * dimensions + e] ?? 0) / total - (at * (mean[e] ?? 0)) / total;
        const place = d * dimensions + e;
        precision[place] = (precision[place] ?? 0) + own * covariance;
        precision[e * dimensions + d] = precision[place] ?? 0;
      }
    }
  }
  return { log, gradient, precision };
}

/** L with L Lᵀ = the matrix, which is the identity plus covariances and so positive definite. */
function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0);
      lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * size + j] ?? 1);
    }
  }
  return lower;
}

/** x of L Lᵀ x = b. */
function solve(lower: Float64Array, right: Float64Array, size: number): Float64Array {
  const middle = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = right[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (lower[i * size + k] ?? 0) * (middle[k] ?? 0);
    middle[i] = sum / (lower[i * size + i] ?? 1);
  }
  return solveTransposed(lower, middle, size);
}

/** x of Lᵀ x = b. */
function solveTransposed(lower: Float64Array, right: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = right[i] ?? 0;
    for (let k = i + 1; k < size; k++) sum -= (lower[k * size + i] ?? 0) * (result[k] ?? 0);
    result[i] = sum / (lower[i * size + i] ?? 1);
  }
  return result;
}
