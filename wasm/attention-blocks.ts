import { bytesOf } from './share';
import { madd, sum4 } from './simd';
import { multiplyPanel, RowOfA, TILE_COLUMNS, TILE_ROWS } from './tile';

/**
 * Attention works on blocks of scores: up to ROWS rows (queries; keys in the gradient of keys and
 * values) by up to COLUMNS columns (the other side). 24 KiB stay in the first cache.
 */
export const ROWS: i32 = 24;
export const COLUMNS: i32 = 256;
export const BLOCK_BYTES: usize = <usize>ROWS * COLUMNS * 4;
/** Packed panels of one side of a block; heads are at most 128 wide. */
export const PANEL_BYTES: usize = <usize>COLUMNS * 128 * 4;

/** Bytes of a row of a block with so many columns. */
// @ts-ignore: decorator
@inline
export function blockRow(columns: i32): usize {
  return bytesOf((columns + 7) & ~7);
}

/**
 * Which scores of a block causality allows: row r sees the columns up to r + `diagonal` (PAST), or,
 * in the gradient of keys and values, those from r - `diagonal` on (FUTURE).
 */
export const PAST: i32 = 0;
export const FUTURE: i32 = 1;

/** `diagonal` of a block of queries against a block of keys; past all columns every row sees all. */
// @ts-ignore: decorator
@inline
export function diagonalOf(query: i32, key: i32, causal: i32): i32 {
  return causal ? query - key : COLUMNS;
}

/** First block of queries that sees a key. */
// @ts-ignore: decorator
@inline
export function firstQuery(key: i32, causal: i32): i32 {
  return causal ? key / ROWS * ROWS : 0;
}

/** block = scale A B^T, where causality allows it; panels are B^T, packed, of depth `width`. */
export function scoreBlock(
  mask: i32,
  block: usize,
  rows: i32,
  columns: i32,
  diagonal: i32,
  a: usize,
  aRow: usize,
  panels: usize,
  width: i32,
  scale: f32,
  edge: usize,
): void {
  const blockBytes = blockRow(columns);
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    let first = 0;
    let last = rows;
    if (mask == PAST) first = max(0, column - diagonal) / TILE_ROWS * TILE_ROWS;
    else last = min(rows, column + TILE_COLUMNS + diagonal);
    if (first < last) {
      multiplyPanel<RowOfA>(
        block + <usize>first * blockBytes + bytesOf(column), blockBytes, TILE_COLUMNS, last - first,
        a + <usize>first * aRow, aRow, aRow * TILE_ROWS,
        panels + bytesOf(column * width), width, scale, 0, 0, 0, edge,
      );
    }
  }
}

/**
 * out (+)= block B over the columns that causality allows; panels are B, packed, of depth
 * `columns`. Rows that see nothing are set to 0 unless `accumulate`.
 */
export function addWeighted(
  mask: i32,
  out: usize,
  outRow: usize,
  width: i32,
  block: usize,
  rows: i32,
  columns: i32,
  diagonal: i32,
  panels: usize,
  accumulate: i32,
  edge: usize,
): void {
  const blockBytes = blockRow(columns);
  for (let row = 0; row < rows; row += TILE_ROWS) {
    const count = min(TILE_ROWS, rows - row);
    const first = firstColumn(mask, row, diagonal);
    const last = lastColumn(mask, row + count - 1, columns, diagonal);
    const depth = max(0, last - first);
    if (depth > 0 || !accumulate) {
      for (let d = 0; d < width; d += TILE_COLUMNS) {
        multiplyPanel<RowOfA>(
          out + bytesOf(d), outRow, min(TILE_COLUMNS, width - d), count,
          block + bytesOf(first), blockBytes, 0,
          panels + bytesOf(d * columns) + (<usize>first << 5), depth, 1, accumulate, 0, 0, edge,
        );
      }
    }
    out += outRow * TILE_ROWS;
    block += blockBytes * TILE_ROWS;
  }
}

/** First column that a row sees. */
// @ts-ignore: decorator
@inline
export function firstColumn(mask: i32, row: i32, diagonal: i32): i32 {
  return mask == PAST ? 0 : max(0, row - diagonal);
}

/** One past the last column that a row sees. */
// @ts-ignore: decorator
@inline
export function lastColumn(mask: i32, row: i32, columns: i32, diagonal: i32): i32 {
  return mask == PAST ? min(columns, row + diagonal + 1) : columns;
}

/** Fills columns [from, to) of a row of a block. */
export function fillRow(row: usize, from: i32, to: i32, value: f32): void {
  for (let j = from; j < to; j++) store<f32>(row + bytesOf(j), value);
}

/** row *= factor */
export function scaleRow(row: usize, width: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let at: usize = 0; at < bytesOf(width); at += 16) {
    v128.store(row + at, f32x4.mul(v128.load(row + at), factors));
  }
}

/** Sum of products of two rows whose width is divisible by 4. */
export function dotRows(a: usize, b: usize, width: i32): f32 {
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < bytesOf(width); at += 16) {
    sum = madd(v128.load(a + at), v128.load(b + at), sum);
  }
  return sum4(sum);
}

/** Sets `width` numbers (divisible by 4) to 0. */
export function clearRow(row: usize, width: i32): void {
  for (let at: usize = 0; at < bytesOf(width); at += 16) v128.store(row + at, f32x4.splat(0));
}
