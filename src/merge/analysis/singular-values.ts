import { beat } from '../../core/beat.ts';

const MAX_SWEEPS = 60;
const TOLERANCE = 1e-12;

/**
 * Singular values of a small matrix, falling, by one-sided Jacobi rotations of its shorter side.
 * @param values row-major f32[rows, columns]
 * @numeric f64; |σ − exact| <= 1e-10 σ₁
 * @source  Hestenes 1958; Golub & Van Loan, Matrix Computations, §8.6
 */
export function singularValues(
  values: ArrayLike<number>,
  rows: number,
  columns: number,
): Float64Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length }, (_, i) =>
      rows <= columns ? (values[k * columns + i] ?? 0) : (values[i * columns + k] ?? 0),
    ),
  );
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotations = 0;
    for (let p = 0; p < count; p++) {
      beat();
      for (let q = p + 1; q < count; q++) {
        if (rotate(vectors[p] ?? new Float64Array(), vectors[q] ?? new Float64Array())) rotations++;
      }
    }
    if (rotations === 0) break;
  }
  return Float64Array.from(vectors, (vector) => Math.sqrt(dot(vector, vector))).sort(
    (a, b) => b - a,
  );
}

/** Makes two vectors orthogonal, in place; false when they are. */
function rotate(a: Float64Array, b: Float64Array): boolean {
  const [aa, ab, bb] = [dot(a, a), dot(a, b), dot(b, b)];
  if (!(Math.abs(ab) > TOLERANCE * Math.sqrt(aa * bb))) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
  return true;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
