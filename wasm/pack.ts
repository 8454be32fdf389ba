import { TILE_COLUMNS, TILE_ROWS } from './tile';

/**
 * B into panels f32[K, 8] one after the other, for `multiplyPanel`; columns past the end are 0.
 * Strides are in bytes: `bK` from one k to the next, `bN` from one column to the next.
 */
export function packPanels(to: usize, b: usize, bK: usize, bN: usize, K: i32, columns: i32): void {
  for (let column = 0; column < columns; column += TILE_COLUMNS) {
    const count = min(TILE_COLUMNS, columns - column);
    if (count == TILE_COLUMNS && bN == 4) copyPanel(to, b, bK, K);
    else if (count == TILE_COLUMNS && bK == 4) transposePanel(to, b, bN, K);
    else gatherPanel(to, b, bK, bN, K, count);
    to += <usize>K << 5;
    b += bN * TILE_COLUMNS;
  }
}

function copyPanel(to: usize, b: usize, bK: usize, K: i32): void {
  for (let k = 0; k < K; k++) {
    v128.store(to, v128.load(b));
    v128.store(to, v128.load(b, 16), 16);
    to += 32;
    b += bK;
  }
}

function transposePanel(to: usize, b: usize, bN: usize, K: i32): void {
  const lower = b + 4 * bN;
  const whole = <usize>K & ~3;
  for (let k: usize = 0; k < whole; k += 4) {
    const at = to + (k << 5);
    transpose4(at, 32, b + (k << 2), bN);
    transpose4(at + 16, 32, lower + (k << 2), bN);
  }
  gatherPanel(to + (whole << 5), b + (whole << 2), 4, bN, K & 3, TILE_COLUMNS);
}

function gatherPanel(to: usize, b: usize, bK: usize, bN: usize, K: i32, count: i32): void {
  for (let k = 0; k < K; k++) {
    let from = b;
    for (let j = 0; j < TILE_COLUMNS; j++) {
      store<f32>(to + (<usize>j << 2), j < count ? load<f32>(from) : 0);
      if (j + 1 < count) from += bN;
    }
    to += 32;
    b += bK;
  }
}

/**
 * A with any strides into tiles f32[K, 6] one after the other; rows past the end are 0. k is the
 * outer loop because this is for an A whose rows, not its k, lie side by side.
 */
export function packTiles(to: usize, a: usize, aRow: usize, aK: usize, rows: i32, K: i32): void {
  const tile = <usize>K * 24;
  const whole = aRow == 4 ? rows / TILE_ROWS : 0;
  const rest = whole * TILE_ROWS;
  for (let k = 0; k < K; k++) {
    let from = a;
    let into = to;
    for (let i = 0; i < whole; i++) {
      v128.store(into, v128.load(from));
      store<u64>(into, load<u64>(from, 16), 16);
      from += 24;
      into += tile;
    }
    for (let row = rest; row < rows; row += TILE_ROWS) {
      for (let i = 0; i < TILE_ROWS; i++) {
        const isInside = row + i < rows;
        store<f32>(into + (<usize>i << 2), isInside ? load<f32>(from) : 0);
        if (isInside) from += aRow;
      }
      into += tile;
    }
    a += aK;
    to += 24;
  }
}

/** A block of 4 x 4 numbers, rows become columns. Strides in bytes. */
// @ts-ignore: decorator
@inline
function transpose4(to: usize, toRow: usize, from: usize, fromRow: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + fromRow);
  const r2 = v128.load(from + 2 * fromRow);
  const r3 = v128.load(from + 3 * fromRow);
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + toRow, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<i64>(high01, high23, 1, 3));
}
