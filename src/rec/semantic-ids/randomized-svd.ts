import { beat } from '../../core/beat.ts';
import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import {
  addScaled,
  dot,
  gram,
  multiply,
  rowOf,
  transpose,
  zeros,
} from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { multiplySparse, multiplySparseTransposed } from './sparse-matrix.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { symmetricEigen } from '../../core/symmetric-eigen.ts';

const OVERSAMPLING = 8;
const POWER_ITERATIONS = 3;

export interface TruncatedSvd {
  /** U · S, one row per row of the matrix: its best coordinates in `dimensions` numbers. */
  readonly scores: DenseMatrix;
  /** Falling. Zeros where the rank is smaller. */
  readonly singularValues: Float64Array;
}

/**
 * Truncated singular value decomposition of a sparse matrix: Gaussian range finder, 3 power
 * iterations with re-orthogonalisation, then the eigenvectors of the small Gram matrix.
 * Deterministic in (matrix, dimensions, seed). Missing dimensions of a small matrix are zero.
 * @numeric f64; singular values well separated from the rest agree to about 1e-6
 * @source  Halko, Martinsson & Tropp 2011, arXiv:0909.4061
 * @errors  invalid-argument
 */
export function randomizedSvd(
  matrix: SparseMatrix,
  dimensions: number,
  seed: number,
): TruncatedSvd {
  if (!Number.isInteger(dimensions) || dimensions < 1) {
    throw new AppError('invalid-argument', `Cannot reduce to ${String(dimensions)} dimensions.`);
  }
  const width = Math.min(dimensions + OVERSAMPLING, matrix.rows, matrix.columns);
  const stream = new RandomStream(seed, 'randomized-svd');
  const start = zeros(matrix.columns, width);
  start.values.forEach((_, index) => (start.values[index] = stream.nextNormal()));
  let range = orthonormalColumns(multiplySparse(matrix, start));
  for (let iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
    const back = orthonormalColumns(multiplySparseTransposed(matrix, range));
    range = orthonormalColumns(multiplySparse(matrix, back));
  }
  range = orthonormalColumns(range);
  // projected = (Qᵀ A)ᵀ, so its Gram matrix is Qᵀ A Aᵀ Q with eigenvalues s².
  const projected = multiplySparseTransposed(matrix, range);
  const { values, vectors } = symmetricEigen(gram(projected));
  const left = multiply(range, transpose(vectors));
  const singularValues = new Float64Array(dimensions);
  for (let k = 0; k < Math.min(dimensions, width); k++) {
    singularValues[k] = Math.sqrt(Math.max(0, values[k] ?? 0));
  }
  const scores = zeros(matrix.rows, dimensions);
  for (let row = 0; row < matrix.rows; row++) {
    const target = rowOf(scores, row);
    const source = rowOf(left, row);
    target.forEach((_, k) => (target[k] = (source[k] ?? 0) * (singularValues[k] ?? 0)));
  }
  return { scores, singularValues };
}

/** Modified Gram–Schmidt (run it twice for orthogonality); a dependent column becomes zero. */
function orthonormalColumns(matrix: DenseMatrix): DenseMatrix {
  const turned = transpose(matrix);
  for (let k = 0; k < turned.rows; k++) {
    beat();
    const own = rowOf(turned, k);
    const before = Math.sqrt(dot(own, own));
    for (let j = 0; j < k; j++) {
      const other = rowOf(turned, j);
      addScaled(own, -dot(own, other), other);
    }
    const length = Math.sqrt(dot(own, own));
    const isDependent = !(length > 1e-12 * before);
    own.forEach((value, i) => (own[i] = isDependent ? 0 : value / length));
  }
  return transpose(turned);
}
