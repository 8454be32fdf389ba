import { addScaled, rowOf, zeros } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';

/** Compressed rows: entries of row r are rowStarts[r] … rowStarts[r + 1] - 1. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly rowStarts: Uint32Array;
  readonly columnIndices: Uint32Array;
  readonly values: Float64Array;
}

/** From one column -> value map per row; columns end up ascending. */
export function sparseFromMaps(
  maps: readonly ReadonlyMap<number, number>[],
  columns: number,
): SparseMatrix {
  const rowStarts = new Uint32Array(maps.length + 1);
  maps.forEach((map, row) => (rowStarts[row + 1] = (rowStarts[row] ?? 0) + map.size));
  const entries = maps.flatMap((map) => [...map].sort(([a], [b]) => a - b));
  return {
    rows: maps.length,
    columns,
    rowStarts,
    columnIndices: Uint32Array.from(entries, ([column]) => column),
    values: Float64Array.from(entries, ([, value]) => value),
  };
}

/** sparse · dense. */
export function multiplySparse(a: SparseMatrix, b: DenseMatrix): DenseMatrix {
  const product = zeros(a.rows, b.columns);
  forEachEntry(a, (row, column, value) => {
    addScaled(rowOf(product, row), value, rowOf(b, column));
  });
  return product;
}

/** sparseᵀ · dense. */
export function multiplySparseTransposed(a: SparseMatrix, b: DenseMatrix): DenseMatrix {
  const product = zeros(a.columns, b.columns);
  forEachEntry(a, (row, column, value) => {
    addScaled(rowOf(product, column), value, rowOf(b, row));
  });
  return product;
}

function forEachEntry(
  a: SparseMatrix,
  visit: (row: number, column: number, value: number) => void,
): void {
  for (let row = 0; row < a.rows; row++) {
    for (let entry = a.rowStarts[row] ?? 0; entry < (a.rowStarts[row + 1] ?? 0); entry++) {
      visit(row, a.columnIndices[entry] ?? 0, a.values[entry] ?? 0);
    }
  }
}
