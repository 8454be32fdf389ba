import { beat } from './beat.ts';
import { rowOf, zeros } from './dense-matrix.ts';
import type { DenseMatrix } from './dense-matrix.ts';

const MAX_SWEEPS = 60;
const RELATIVE_TOLERANCE = 1e-14;

export interface Eigen {
  /** Falling. */
  readonly values: Float64Array;
  /** Row k is the unit eigenvector of values[k]; its largest component is positive. */
  readonly vectors: DenseMatrix;
}

/**
 * Eigenvalues and vectors of a small symmetric matrix by cyclic Jacobi rotations.
 * @numeric f64; stops when the off-diagonal part is below 1e-14 of the whole
 * @source  Jacobi 1846; Golub & Van Loan, Matrix Computations, §8.5
 */
export function symmetricEigen(matrix: DenseMatrix): Eigen {
  const n = matrix.rows;
  const a = { ...matrix, values: matrix.values.slice() };
  const v = zeros(n, n);
  for (let k = 0; k < n; k++) v.values[k * n + k] = 1;
  const total = a.values.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    if (offDiagonal(a) <= RELATIVE_TOLERANCE ** 2 * total) break;
    for (let p = 0; p < n; p++) {
      beat();
      for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
    }
  }
  const order = Array.from({ length: n }, (_, k) => k).sort(
    (i, j) => (a.values[j * n + j] ?? 0) - (a.values[i * n + i] ?? 0) || i - j,
  );
  const vectors = zeros(n, n);
  order.forEach((from, to) => {
    const vector = rowOf(v, from);
    const largest = vector.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
    rowOf(vectors, to).set(vector.map((x) => (largest < 0 ? -x : x)));
  });
  return { values: Float64Array.from(order, (k) => a.values[k * n + k] ?? 0), vectors };
}

function offDiagonal({ rows: n, values }: DenseMatrix): number {
  return values.reduce((sum, x, i) => (i % (n + 1) === 0 ? sum : sum + x * x), 0);
}

/** Zeroes a[p][q] by a rotation; v collects the rotations, eigenvectors in its rows. */
function rotate(a: DenseMatrix, v: DenseMatrix, p: number, q: number): void {
  const n = a.rows;
  const apq = a.values[p * n + q] ?? 0;
  if (apq === 0) return;
  const theta = ((a.values[q * n + q] ?? 0) - (a.values[p * n + p] ?? 0)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const [rowP, rowQ] = [rowOf(a, p), rowOf(a, q)];
  turn(rowP, rowQ, c, s);
  for (let k = 0; k < n; k++) {
    const x = a.values[k * n + p] ?? 0;
    const y = a.values[k * n + q] ?? 0;
    a.values[k * n + p] = c * x - s * y;
    a.values[k * n + q] = s * x + c * y;
  }
  turn(rowOf(v, p), rowOf(v, q), c, s);
}

function turn(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const [old, other] = [x[k] ?? 0, y[k] ?? 0];
    x[k] = c * old - s * other;
    y[k] = s * old + c * other;
  }
}
