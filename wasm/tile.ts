import { madd } from './simd';

/** Rows and columns of C that the inner loop keeps in registers: 12 sums, 2 of B, 1 of A. */
export const TILE_ROWS: i32 = 6;
export const TILE_COLUMNS: i32 = 8;

/** A as it lies in memory: its K values side by side. */
@unmanaged
export class RowOfA {
  value: f32;
}

/** A packed: the six values of a tile for one k, then those for the next. */
@unmanaged
export class ColumnOfA {
  value0: f32;
  value1: f32;
  value2: f32;
  value3: f32;
  value4: f32;
  value5: f32;
}

/**
 * `columns` (at most 8) columns of C = scale A B (+ residual) (+ C), `rows` rows of them.
 * `L` is how A lies: `offsetof<L>()` bytes from one k to the next, `aRow` from row to row, `aTile`
 * from six rows to the next six. b is a packed panel f32[K, 8].
 * Every sum runs over k in order, whatever the tile, so that edges and shares change no bit.
 * Strides are in bytes. `residual` = 0 is none; with `residualRow` = 0 it is one row for all.
 */
export function multiplyPanel<L>(
  c: usize,
  cRow: usize,
  columns: i32,
  rows: i32,
  a: usize,
  aRow: usize,
  aTile: usize,
  b: usize,
  K: i32,
  scale: f32,
  accumulate: i32,
  residual: usize,
  residualRow: usize,
  edge: usize,
): void {
  const factor = f32x4.splat(scale);
  const isPlain = accumulate == 0 && residual == 0;
  const end = b + ((<usize>K & ~1) << 5);
  for (let row = 0; row < rows; row += TILE_ROWS) {
    const count = min(TILE_ROWS, rows - row);
    // Rows past the end repeat the last one; their sums are not stored.
    let a0 = a;
    let a1 = a0 + (count > 1 ? aRow : 0);
    let a2 = a1 + (count > 2 ? aRow : 0);
    let a3 = a2 + (count > 3 ? aRow : 0);
    let a4 = a3 + (count > 4 ? aRow : 0);
    let a5 = a4 + (count > 5 ? aRow : 0);
    let c00 = f32x4.splat(0);
    let c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0);
    let c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0);
    let c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0);
    let c31 = f32x4.splat(0);
    let c40 = f32x4.splat(0);
    let c41 = f32x4.splat(0);
    let c50 = f32x4.splat(0);
    let c51 = f32x4.splat(0);
    let p = b;
    while (p < end) {
      let b0 = v128.load(p);
      let b1 = v128.load(p, 16);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      b0 = v128.load(p, 32);
      b1 = v128.load(p, 48);
      x = v128.load32_splat(a0, offsetof<L>());
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1, offsetof<L>());
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2, offsetof<L>());
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3, offsetof<L>());
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      x = v128.load32_splat(a4, offsetof<L>());
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      x = v128.load32_splat(a5, offsetof<L>());
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      p += 64;
      a0 += 2 * offsetof<L>();
      a1 += 2 * offsetof<L>();
      a2 += 2 * offsetof<L>();
      a3 += 2 * offsetof<L>();
      a4 += 2 * offsetof<L>();
      a5 += 2 * offsetof<L>();
    }
    if (K & 1) {
      const b0 = v128.load(p);
      const b1 = v128.load(p, 16);
      let x = v128.load32_splat(a0);
      c00 = madd(x, b0, c00);
      c01 = madd(x, b1, c01);
      x = v128.load32_splat(a1);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
      x = v128.load32_splat(a2);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
      x = v128.load32_splat(a3);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
      x = v128.load32_splat(a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      x = v128.load32_splat(a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
    }
    const isFull = count == TILE_ROWS && columns == TILE_COLUMNS;
    if (isFull && isPlain) {
      storePair(c, f32x4.mul(c00, factor), f32x4.mul(c01, factor));
      storePair(c + cRow, f32x4.mul(c10, factor), f32x4.mul(c11, factor));
      storePair(c + 2 * cRow, f32x4.mul(c20, factor), f32x4.mul(c21, factor));
      storePair(c + 3 * cRow, f32x4.mul(c30, factor), f32x4.mul(c31, factor));
      storePair(c + 4 * cRow, f32x4.mul(c40, factor), f32x4.mul(c41, factor));
      storePair(c + 5 * cRow, f32x4.mul(c50, factor), f32x4.mul(c51, factor));
    } else {
      storePair(edge, f32x4.mul(c00, factor), f32x4.mul(c01, factor));
      storePair(edge + 32, f32x4.mul(c10, factor), f32x4.mul(c11, factor));
      storePair(edge + 64, f32x4.mul(c20, factor), f32x4.mul(c21, factor));
      storePair(edge + 96, f32x4.mul(c30, factor), f32x4.mul(c31, factor));
      storePair(edge + 128, f32x4.mul(c40, factor), f32x4.mul(c41, factor));
      storePair(edge + 160, f32x4.mul(c50, factor), f32x4.mul(c51, factor));
      const from: usize = residual == 0 ? 0 : residual + <usize>row * residualRow;
      storeTile(c, cRow, count, columns, edge, accumulate, from, residualRow);
    }
    c += cRow * TILE_ROWS;
    a += aTile;
  }
}

// @ts-ignore: decorator
@inline
function storePair(at: usize, left: v128, right: v128): void {
  v128.store(at, left);
  v128.store(at, right, 16);
}

/** Adds the residual and the old C to a finished tile, in this order, and stores what is inside. */
function storeTile(
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  tile: usize,
  accumulate: i32,
  residual: usize,
  residualRow: usize,
): void {
  for (let i = 0; i < rows; i++) {
    if (columns == TILE_COLUMNS) {
      let left = v128.load(tile);
      let right = v128.load(tile, 16);
      if (residual != 0) {
        left = f32x4.add(left, v128.load(residual));
        right = f32x4.add(right, v128.load(residual, 16));
      }
      if (accumulate) {
        left = f32x4.add(left, v128.load(c));
        right = f32x4.add(right, v128.load(c, 16));
      }
      storePair(c, left, right);
    } else {
      for (let j: usize = 0; j < <usize>columns << 2; j += 4) {
        let value = load<f32>(tile + j);
        if (residual != 0) value += load<f32>(residual + j);
        if (accumulate) value += load<f32>(c + j);
        store<f32>(c + j, value);
      }
    }
    tile += 32;
    c += cRow;
    residual += residual == 0 ? 0 : residualRow;
  }
}
