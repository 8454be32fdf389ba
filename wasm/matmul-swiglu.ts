import { multiplyFewRows } from './dot-rows';
import { A_BLOCK, MAX_COLUMNS, MAX_K, PANELS } from './gemm';
import { FEW_ROWS } from './matmul';
import { packPanels } from './pack';
import { scratch } from './scratch';
import { bytesOf, shareStart } from './share';
import { activate, activateBackward } from './swiglu';
import { multiplyPanel, RowOfA, TILE_COLUMNS, TILE_ROWS } from './tile';

/** Columns of hidden at a time: gate and up are packed together. Whole panels. */
const MAX_PAIRS: i32 = MAX_COLUMNS / 2;

/** C (+)= A B for the packed panels of `columns` columns; C's first one is at `c`. */
// @ts-ignore: decorator
@inline
function multiplyPanels(
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  a: usize,
  aRow: usize,
  panels: usize,
  K: i32,
  accumulate: i32,
): void {
  for (let j = 0; j < columns; j += TILE_COLUMNS) {
    multiplyPanel<RowOfA>(
      c + bytesOf(j), cRow, min(TILE_COLUMNS, columns - j), rows, a, aRow, aRow * TILE_ROWS,
      panels + (<usize>j * <usize>K << 2), K, 1, accumulate, 0, 0, scratch(),
    );
  }
}

/**
 * Rows [row, lastRow) and columns [column, lastColumn) of hidden, with their gates and ups. K is cut
 * as in `gemm`; rows meet the activation while they are in the cache.
 */
function forwardBlock(
  out: usize,
  hidden: usize,
  a: usize,
  b: usize,
  F: i32,
  K: i32,
  firstRow: i32,
  lastRow: i32,
  firstColumn: i32,
  lastColumn: i32,
): void {
  const panels = scratch() + PANELS;
  const toUp = bytesOf(F);
  const bN = bytesOf(K);
  const cuts = max(1, (K + MAX_K - 1) / MAX_K);
  const depth = (K + cuts - 1) / cuts;
  const blockRows = max(1, A_BLOCK / depth / TILE_ROWS) * TILE_ROWS;
  for (let column = firstColumn; column < lastColumn; column += MAX_PAIRS) {
    const columns = min(MAX_PAIRS, lastColumn - column);
    for (let k = 0; k < K; k += depth) {
      const length = min(depth, K - k);
      const upPanels = panels + (<usize>MAX_PAIRS * <usize>length << 2);
      const weights = b + <usize>column * bN + bytesOf(k);
      packPanels(panels, weights, 4, bN, length, columns);
      packPanels(upPanels, weights + <usize>F * bN, 4, bN, length, columns);
      for (let row = firstRow; row < lastRow; row += blockRows) {
        const rows = min(blockRows, lastRow - row);
        const from = a + <usize>row * bN + bytesOf(k);
        const gates = out + <usize>row * 2 * toUp + bytesOf(column);
        const adds = i32(k > 0);
        multiplyPanels(gates, 2 * toUp, rows, columns, from, bN, panels, length, adds);
        multiplyPanels(gates + toUp, 2 * toUp, rows, columns, from, bN, upPanels, length, adds);
        if (k + length == K) {
          activate(hidden + <usize>row * toUp + bytesOf(column), gates, rows, columns, F);
        }
      }
    }
  }
}

/** The same for the gradient of hidden, which is summed where that of the gates goes. */
function backwardBlock(
  out: usize,
  a: usize,
  b: usize,
  gu: usize,
  F: i32,
  K: i32,
  firstRow: i32,
  lastRow: i32,
  firstColumn: i32,
  lastColumn: i32,
): void {
  const panels = scratch() + PANELS;
  const bK = bytesOf(F);
  const aRow = bytesOf(K);
  const cuts = max(1, (K + MAX_K - 1) / MAX_K);
  const depth = (K + cuts - 1) / cuts;
  const blockRows = max(1, A_BLOCK / depth / TILE_ROWS) * TILE_ROWS;
  for (let column = firstColumn; column < lastColumn; column += MAX_COLUMNS) {
    const columns = min(MAX_COLUMNS, lastColumn - column);
    for (let k = 0; k < K; k += depth) {
      const length = min(depth, K - k);
      packPanels(panels, b + <usize>k * bK + bytesOf(column), bK, 4, length, columns);
      for (let row = firstRow; row < lastRow; row += blockRows) {
        const rows = min(blockRows, lastRow - row);
        const from = a + <usize>row * aRow + bytesOf(k);
        const at = <usize>row * 2 * bK + bytesOf(column);
        const sums = out + at;
        multiplyPanels(sums, 2 * bK, rows, columns, from, aRow, panels, length, i32(k > 0));
        if (k + length == K) activateBackward(sums, gu + at, sums, 2 * bK, rows, columns, F);
      }
    }
  }
}

/** out = A B^T, hidden = silu(left half) right half; A[M, K], B[N, K]. Shares of rows or columns. */
export function matmul_nt_swiglu(
  out: usize,
  hidden: usize,
  a: usize,
  b: usize,
  M: i32,
  N: i32,
  K: i32,
  part: i32,
  parts: i32,
): void {
  const F = N / 2;
  const byRows = isByRows(M, F);
  const row = byRows ? tileStart(M, TILE_ROWS, part, parts) : 0;
  const lastRow = byRows ? tileStart(M, TILE_ROWS, part + 1, parts) : M;
  const column = byRows ? 0 : tileStart(F, TILE_COLUMNS, part, parts);
  const lastColumn = byRows ? F : tileStart(F, TILE_COLUMNS, part + 1, parts);
  if (M > FEW_ROWS) {
    forwardBlock(out, hidden, a, b, F, K, row, lastRow, column, lastColumn);
    return;
  }
  const rows = lastRow - row;
  const columns = lastColumn - column;
  const width = bytesOf(F);
  const line = bytesOf(K);
  const gates = out + <usize>row * 2 * width + bytesOf(column);
  const from = a + <usize>row * line;
  const weights = b + <usize>column * line;
  const ups = weights + <usize>F * line;
  multiplyFewRows(gates, 2 * width, rows, columns, K, from, line, weights, line, 1, 0, 0, 0);
  multiplyFewRows(gates + width, 2 * width, rows, columns, K, from, line, ups, line, 1, 0, 0, 0);
  activate(hidden + <usize>row * width + bytesOf(column), gates, rows, columns, F);
}

/** The gradient of gate and up; A[M, K], B[K, N], gu f32[M, 2N]. Shares of rows or columns. */
export function matmul_nn_swiglu(
  out: usize,
  a: usize,
  b: usize,
  gu: usize,
  M: i32,
  N: i32,
  K: i32,
  part: i32,
  parts: i32,
): void {
  const byRows = isByRows(M, N);
  const row = byRows ? tileStart(M, TILE_ROWS, part, parts) : 0;
  const lastRow = byRows ? tileStart(M, TILE_ROWS, part + 1, parts) : M;
  const column = byRows ? 0 : tileStart(N, TILE_COLUMNS, part, parts);
  const lastColumn = byRows ? N : tileStart(N, TILE_COLUMNS, part + 1, parts);
  backwardBlock(out, a, b, gu, N, K, row, lastRow, column, lastColumn);
}

// @ts-ignore: decorator
@inline
function isByRows(M: i32, F: i32): bool {
  return (M + TILE_ROWS - 1) / TILE_ROWS >= (F + TILE_COLUMNS - 1) / TILE_COLUMNS;
}

/** First of `total` rows or columns of a share, in whole tiles. */
// @ts-ignore: decorator
@inline
function tileStart(total: i32, tile: i32, part: i32, parts: i32): i32 {
  return min(total, shareStart((total + tile - 1) / tile, part, parts) * tile);
}
