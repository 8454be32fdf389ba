/** Row-major matrix of 64-bit floats. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

export function zeros(rows: number, columns: number): DenseMatrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** One row as a view. */
export function rowOf(matrix: DenseMatrix, row: number): Float64Array {
  return matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** target += factor * source. */
export function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (source[i] ?? 0);
}

/** a · b. */
export function multiply(a: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const product = zeros(a.rows, b.columns);
  for (let row = 0; row < a.rows; row++) {
    const target = rowOf(product, row);
    rowOf(a, row).forEach((factor, k) => {
      if (factor !== 0) addScaled(target, factor, rowOf(b, k));
    });
  }
  return product;
}

/** aᵀ · a. */
export function gram(a: DenseMatrix): DenseMatrix {
  const product = zeros(a.columns, a.columns);
  for (let row = 0; row < a.rows; row++) {
    const own = rowOf(a, row);
    own.forEach((factor, k) => {
      if (factor !== 0) addScaled(rowOf(product, k), factor, own);
    });
  }
  return product;
}

export function transpose(a: DenseMatrix): DenseMatrix {
  const turned = zeros(a.columns, a.rows);
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      turned.values[column * a.rows + row] = a.values[row * a.columns + column] ?? 0;
    }
  }
  return turned;
}

/** A row this much shorter than the longest is rounding, not direction. */
const NEGLIGIBLE_LENGTH = 1e-9;

/** Divides every row by its length; a zero row, or one that is only rounding, becomes zero. */
export function normalizeRows(a: DenseMatrix): DenseMatrix {
  const lengths = Float64Array.from({ length: a.rows }, (_, row) =>
    Math.sqrt(dot(rowOf(a, row), rowOf(a, row))),
  );
  const least = NEGLIGIBLE_LENGTH * lengths.reduce((longest, x) => Math.max(longest, x), 0);
  const result = zeros(a.rows, a.columns);
  lengths.forEach((length, row) => {
    if (length > least) addScaled(rowOf(result, row), 1 / length, rowOf(a, row));
  });
  return result;
}
