import { packPanels, packRows } from './pack';
import { scratch } from './scratch';
import { multiplyPanel, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from './tile';

/** Sums longer than this are cut, so that a panel of B (12 KiB) stays in the first cache. */
const MAX_K: i32 = 384;
/** Columns of B packed at a time: at most 768 KiB. */
const MAX_COLUMNS: i32 = 512;
/** Numbers of A that a panel of B meets before the next one: 128 KiB, for the second cache. */
const A_BLOCK: i32 = 32768;

const PANELS: usize = 256;
const ROWS: usize = PANELS + <usize>MAX_K * MAX_COLUMNS * 4;

/**
 * C = scale A B (+ residual) (+ C) for any strides, in bytes: C[M, N] with `cRow` and its columns
 * side by side; A[M, K] with `aRow`, `aK`; B[K, N] with `bK`, `bN`. `residual` = 0 is none, with
 * `residualRow` = 0 it is one row for all. K is cut by its length alone: computing C in pieces
 * gives the same bits.
 * @source  Van Zee & van de Geijn 2015, BLIS, doi:10.1145/2764454 (panels, blocking)
 */
export function gemm(
  c: usize,
  cRow: usize,
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  aRow: usize,
  aK: usize,
  b: usize,
  bK: usize,
  bN: usize,
  scale: f32,
  accumulate: i32,
  residual: usize,
  residualRow: usize,
): void {
  const edge = scratch();
  const panels = edge + PANELS;
  const packed = edge + ROWS;
  const isPacking = aK != 4;
  const cuts = max(1, (K + MAX_K - 1) / MAX_K);
  const depth = max(1, (K + cuts - 1) / cuts);
  const blockRows = A_BLOCK / depth / TILE_ROWS * TILE_ROWS;
  for (let column = 0; column < N; column += MAX_COLUMNS) {
    const columns = min(MAX_COLUMNS, N - column);
    // One round even for K = 0: the output is written all the same.
    let k = 0;
    do {
      const length = min(depth, K - k);
      const isFirst = k == 0;
      packPanels(panels, b + <usize>k * bK + <usize>column * bN, bK, bN, length, columns);
      for (let row = 0; row < M; row += blockRows) {
        const rows = min(blockRows, M - row);
        let from = a + <usize>row * aRow + <usize>k * aK;
        let fromRow = aRow;
        if (isPacking) {
          packRows(packed, from, aRow, aK, rows, length);
          from = packed;
          fromRow = <usize>length << 2;
        }
        for (let j = 0; j < columns; j += TILE_COLUMNS) {
          const at = <usize>(column + j) << 2;
          const hasResidual = isFirst && residual != 0;
          multiplyPanel(
            c + <usize>row * cRow + at,
            cRow,
            min(TILE_COLUMNS, columns - j),
            rows,
            from,
            fromRow,
            panels + (<usize>j * <usize>length << 2),
            length,
            scale,
            isFirst ? accumulate : 1,
            hasResidual ? residual + <usize>row * residualRow + at : 0,
            residualRow,
            edge,
          );
        }
      }
      k += depth;
    } while (k < K);
  }
}
