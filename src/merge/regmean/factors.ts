import { choleskyFactor, choleskySolve } from './cholesky.ts';

/** Shares of the mean diagonal added until the sum of Gram matrices can be solved; 0 first. */
const RIDGES = [0, 1e-6, 1e-4, 1e-2];

/** What multiplies each model's matrix from the right. */
export interface RegMeanFactors {
  /** One [n, n] row-major matrix a model; their sum is the identity. */
  readonly matrices: readonly Float32Array[];
  /** Share of the mean diagonal that had to be added. */
  readonly ridge: number;
}

/**
 * D_i with W = Σ W_i D_i and Σ D_i = 1 for RegMean: D_i = G̃_i (Σ G̃_j)⁻¹, where G̃ has its
 * off-diagonals multiplied by `keep`. Inputs that no model saw (zero rows) and what a ridge leaves
 * over take the mean of the models. float64 on the host, O(k n³): 64 inputs take a millisecond,
 * 1024 a few seconds.
 * @param grams XᵀX / N of a model each, [n, n] row-major and symmetric
 */
export function regMeanFactors(
  grams: readonly ArrayLike<number>[],
  n: number,
  keep: number,
): RegMeanFactors {
  const reduced = grams.map((gram) =>
    Float64Array.from(
      { length: n * n },
      (_, at) => (gram[at] ?? 0) * (at % (n + 1) === 0 ? 1 : keep),
    ),
  );
  const sum = Float64Array.from({ length: n * n }, (_, at) =>
    reduced.reduce((total, gram) => total + (gram[at] ?? 0), 0),
  );
  let trace = 0;
  for (let i = 0; i < n; i++) trace += sum[i * (n + 1)] ?? 0;
  for (const ridge of RIDGES) {
    if (!(trace > 0)) break;
    const factor = choleskyFactor(withDiagonal(sum, n, (ridge * trace) / n), n);
    if (factor === null) continue;
    for (const gram of reduced) choleskySolve(factor, n, gram, n);
    return { matrices: completed(reduced, n), ridge };
  }
  return {
    matrices: completed(
      reduced.map(() => new Float64Array(n * n)),
      n,
    ),
    ridge: 0,
  };
}

function withDiagonal(matrix: Float64Array, n: number, added: number): Float64Array {
  return matrix.map((value, at) => (at % (n + 1) === 0 ? value + added : value));
}

/** Transposes each solution and spreads what is missing to the identity over all models. */
function completed(solutions: readonly Float64Array[], n: number): Float32Array[] {
  const missing = Float64Array.from({ length: n * n }, (_, at) =>
    solutions.reduce((rest, matrix) => rest - (matrix[at] ?? 0), at % (n + 1) === 0 ? 1 : 0),
  );
  return solutions.map((matrix) =>
    Float32Array.from({ length: n * n }, (_, at) => {
      const mirrored = (at % n) * n + Math.floor(at / n);
      return (matrix[mirrored] ?? 0) + (missing[mirrored] ?? 0) / solutions.length;
    }),
  );
}
