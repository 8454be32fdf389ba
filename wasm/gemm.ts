import { packPanels, packTiles } from './pack';
import { scratch } from './scratch';
import { ColumnOfA, multiplyPanel, RowOfA, TILE_COLUMNS, TILE_ROWS } from './tile';

/** Sums longer than this are cut, so that a panel of B (12 KiB) stays in the first cache. */
export const MAX_K: i32 = 384;
/** Columns of B packed at a time: at most 768 KiB. */
export const MAX_COLUMNS: i32 = 512;
/** Numbers of A that a panel of B meets before the next one: 16 KiB, for the first cache. */
export const A_BLOCK: i32 = 4096;
/** The same where A is packed, which is for whole lines of the cache: at most 96 rows, 144 KiB. */
const PACKED_ROWS: i32 = 96;

/** Scratch: one tile for edges, the panels of B, the tiles of A. */
export const PANELS: usize = 256;
const TILES: usize = PANELS + <usize>MAX_K * MAX_COLUMNS * 4;

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
  const packed = edge + TILES;
  const isPacking = aK != 4;
  const cuts = max(1, (K + MAX_K - 1) / MAX_K);
  const depth = max(1, (K + cuts - 1) / cuts);
  const direct = max(1, A_BLOCK / depth / TILE_ROWS) * TILE_ROWS;
  const blockRows = isPacking ? PACKED_ROWS : direct;
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
        const from = a + <usize>row * aRow + <usize>k * aK;
        if (isPacking) packTiles(packed, from, aRow, aK, rows, length);
        for (let j = 0; j < columns; j += TILE_COLUMNS) {
          const at = <usize>(column + j) << 2;
          const into = c + <usize>row * cRow + at;
          const width = min(TILE_COLUMNS, columns - j);
          const panel = panels + (<usize>j * <usize>length << 2);
          const adds = isFirst ? accumulate : 1;
          const hasResidual = isFirst && residual != 0;
          const extra: usize = hasResidual ? residual + <usize>row * residualRow + at : 0;
          if (isPacking) {
            multiplyPanel<ColumnOfA>(
              into, cRow, width, rows, packed, 4, <usize>length * 24, panel, length,
              scale, adds, extra, residualRow, edge,
            );
          } else {
            multiplyPanel<RowOfA>(
              into, cRow, width, rows, from, aRow, aRow * TILE_ROWS, panel, length,
              scale, adds, extra, residualRow, edge,
            );
          }
        }
      }
      k += depth;
    } while (k < K);
  }
}
