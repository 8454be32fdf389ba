import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import { addScaled, rowOf } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { kMeans } from './k-means.ts';

export interface ResidualQuantization {
  /** `codes[item * levels + level]`. */
  readonly codes: Uint16Array<ArrayBuffer>;
  /** Per level: codesPerLevel x dimensions. */
  readonly centroids: readonly DenseMatrix[];
}

export interface ResidualOptions {
  readonly levels: number;
  readonly codesPerLevel: number;
  readonly seed: number;
}

const ITERATIONS = 10;

/**
 * Each level clusters what the levels before it left over: code = nearest of codesPerLevel
 * centroids (k-means, 10 iterations), residual = features − centroid. One pass, no training.
 * @errors invalid-argument when there are fewer items than codes, or fewer possible ids than items
 */
export function residualKMeans(
  features: DenseMatrix,
  options: ResidualOptions,
): ResidualQuantization {
  const { levels, codesPerLevel, seed } = options;
  checkCapacity(features.rows, options);
  const residual = { ...features, values: features.values.slice() };
  const codes = new Uint16Array(features.rows * levels);
  const centroids: DenseMatrix[] = [];
  for (let level = 0; level < levels; level++) {
    const stream = new RandomStream(seed, `residual-kmeans/${String(level)}`);
    const result = kMeans(residual, codesPerLevel, ITERATIONS, stream);
    result.assignment.forEach((code, item) => {
      codes[item * levels + level] = code;
      addScaled(rowOf(residual, item), -1, rowOf(result.centroids, code));
    });
    centroids.push(result.centroids);
  }
  return { codes, centroids };
}

function checkCapacity(items: number, { levels, codesPerLevel }: ResidualOptions): void {
  if (items < codesPerLevel) {
    throw new AppError(
      'invalid-argument',
      `${String(items)} items cannot be grouped under ${String(codesPerLevel)} codes.`,
      { hint: `Use at most ${String(items)} codes per level; a tenth of the items works well.` },
    );
  }
  if (codesPerLevel ** levels < items) {
    throw new AppError(
      'invalid-argument',
      `${String(levels)} levels of ${String(codesPerLevel)} codes cannot tell ${String(items)} items apart.`,
      { hint: 'Use more levels or more codes per level.' },
    );
  }
}
