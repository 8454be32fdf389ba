/**
 * Cholesky factor L (lower, A = L Lᵀ) of a symmetric n × n matrix, row-major float64; the upper half
 * is not read. Null when A is not positive definite within rounding. O(n³/3) on the host.
 */
export function choleskyFactor(matrix: Float64Array, n: number): Float64Array | null {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (factor[i * n + k] ?? 0) * (factor[j * n + k] ?? 0);
      if (i !== j) {
        factor[i * n + j] = sum / (factor[j * n + j] ?? 1);
      } else {
        const own = matrix[i * n + i] ?? 0;
        if (!(sum > 1e-12 * own)) return null;
        factor[i * n + i] = Math.sqrt(sum);
      }
    }
  }
  return factor;
}

/**
 * X = A⁻¹ B for a matrix B of n rows, in place of B (row-major, `columns` wide). O(n² columns).
 * @param factor of A, as `choleskyFactor` gives it
 */
export function choleskySolve(
  factor: Float64Array,
  n: number,
  right: Float64Array,
  columns: number,
): void {
  const subtract = (target: number, source: number, by: number) => {
    for (let c = 0; c < columns; c++) {
      right[target * columns + c] =
        (right[target * columns + c] ?? 0) - by * (right[source * columns + c] ?? 0);
    }
  };
  const divide = (row: number) => {
    const by = factor[row * n + row] ?? 1;
    for (let c = 0; c < columns; c++) {
      right[row * columns + c] = (right[row * columns + c] ?? 0) / by;
    }
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(i, k, factor[i * n + k] ?? 0);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtract(i, k, factor[k * n + i] ?? 0);
    divide(i);
  }
}
