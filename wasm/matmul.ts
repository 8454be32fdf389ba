import { multiplyFewRows } from './dot-rows';
import { gemm } from './gemm';
import { shareStart } from './share';
import { TILE_COLUMNS, TILE_ROWS } from './tile';

/** Up to so many rows packing B costs more than it brings. */
export const FEW_ROWS: i32 = 16;

/** One share of a batch of products, strides in elements. Shares are whole tiles of C. */
function multiplyShare(
  out: usize,
  a: usize,
  b: usize,
  residual: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: i32,
  residualMode: i32,
  batch: i32,
  aStride: i32,
  bStride: i32,
  outStride: i32,
  scale: f32,
  aRow: i32,
  aCol: i32,
  bRow: i32,
  bCol: i32,
  part: i32,
  parts: i32,
): void {
  const rowTiles = (M + TILE_ROWS - 1) / TILE_ROWS;
  const columnTiles = (N + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const byRows = rowTiles >= columnTiles;
  const tiles = byRows ? rowTiles : columnTiles;
  const end = shareStart(batch * tiles, part + 1, parts);
  let at = shareStart(batch * tiles, part, parts);
  while (at < end) {
    const item = at / tiles;
    const from = at % tiles;
    const to = min(tiles, from + end - at);
    const row = byRows ? from * TILE_ROWS : 0;
    const column = byRows ? 0 : from * TILE_COLUMNS;
    const start = <usize>item * <usize>outStride + <usize>row * <usize>N + <usize>column;
    const residualAt = residualMode == 2 ? <usize>column : start;
    const rows = byRows ? min(M, to * TILE_ROWS) - row : M;
    const columns = byRows ? N : min(N, to * TILE_COLUMNS) - column;
    const c = out + (start << 2);
    const rowOfA = a + (<usize>item * <usize>aStride + <usize>row * <usize>aRow << 2);
    const columnOfB = b + (<usize>item * <usize>bStride + <usize>column * <usize>bCol << 2);
    const extra: usize = residualMode == 0 ? 0 : residual + (residualAt << 2);
    const extraRow: usize = residualMode == 2 ? 0 : <usize>N << 2;
    // All shares must take the same way, so the way hangs on M, not on the rows of the share.
    if (M <= FEW_ROWS && aCol == 1 && bRow == 1) {
      multiplyFewRows(
        c, <usize>N << 2, rows, columns, K, rowOfA, <usize>aRow << 2, columnOfB, <usize>bCol << 2,
        scale, accumulate, extra, extraRow,
      );
    } else {
      gemm(
        c, <usize>N << 2, rows, columns, K, rowOfA, <usize>aRow << 2, <usize>aCol << 2,
        columnOfB, <usize>bRow << 2, <usize>bCol << 2, scale, accumulate, extra, extraRow,
      );
    }
    at += to - from;
  }
}

/** out = scale A B, A[M, K], B[N, K]. */
export function matmul_nt(
  out: usize,
  a: usize,
  b: usize,
  residual: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: i32,
  residualMode: i32,
  batch: i32,
  aStride: i32,
  bStride: i32,
  outStride: i32,
  scale: f32,
  part: i32,
  parts: i32,
): void {
  multiplyShare(
    out, a, b, residual, M, N, K, accumulate, residualMode,
    batch, aStride, bStride, outStride, scale, K, 1, 1, K, part, parts,
  );
}

/** out = scale A B, A[M, K], B[K, N]. */
export function matmul_nn(
  out: usize,
  a: usize,
  b: usize,
  residual: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: i32,
  residualMode: i32,
  batch: i32,
  aStride: i32,
  bStride: i32,
  outStride: i32,
  scale: f32,
  part: i32,
  parts: i32,
): void {
  multiplyShare(
    out, a, b, residual, M, N, K, accumulate, residualMode,
    batch, aStride, bStride, outStride, scale, K, 1, N, 1, part, parts,
  );
}

/** out = scale A B, A[K, M], B[K, N]. */
export function matmul_tn(
  out: usize,
  a: usize,
  b: usize,
  residual: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: i32,
  residualMode: i32,
  batch: i32,
  aStride: i32,
  bStride: i32,
  outStride: i32,
  scale: f32,
  part: i32,
  parts: i32,
): void {
  multiplyShare(
    out, a, b, residual, M, N, K, accumulate, residualMode,
    batch, aStride, bStride, outStride, scale, 1, M, N, 1, part, parts,
  );
}

/** out = scale A B, element [i, k] of A at i a_row + k a_col, [k, j] of B at k b_row + j b_col. */
export function matmul_any(
  out: usize,
  a: usize,
  b: usize,
  residual: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: i32,
  residualMode: i32,
  batch: i32,
  aStride: i32,
  bStride: i32,
  outStride: i32,
  scale: f32,
  aRow: i32,
  aCol: i32,
  bRow: i32,
  bCol: i32,
  part: i32,
  parts: i32,
): void {
  multiplyShare(
    out, a, b, residual, M, N, K, accumulate, residualMode,
    batch, aStride, bStride, outStride, scale, aRow, aCol, bRow, bCol, part, parts,
  );
}
