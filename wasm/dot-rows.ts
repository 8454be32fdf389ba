import { bytesOf } from './share';
import { madd } from './simd';

/**
 * C = scale A B^T (+ residual) (+ C) for few rows of A, the K values of both side by side: every
 * sum runs over k in four lanes, so that B is read once for two rows of A and nothing is packed.
 * Strides in bytes; `residual` = 0 is none, with `residualRow` = 0 it is one row for all.
 */
export function multiplyFewRows(
  c: usize,
  cRow: usize,
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  scale: f32,
  accumulate: i32,
  residual: usize,
  residualRow: usize,
): void {
  const factor = f32x4.splat(scale);
  const whole = bytesOf(K & ~3);
  for (let column = 0; column < N; column += 4) {
    const columns = min(4, N - column);
    // Columns and rows past the end repeat the last one; their sums are not stored.
    const b0 = b + <usize>column * bRow;
    const b1 = b0 + (columns > 1 ? bRow : 0);
    const b2 = b1 + (columns > 2 ? bRow : 0);
    const b3 = b2 + (columns > 3 ? bRow : 0);
    for (let row = 0; row < M; row += 2) {
      const a0 = a + <usize>row * aRow;
      const a1 = row + 1 < M ? a0 + aRow : a0;
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c02 = f32x4.splat(0);
      let c03 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c12 = f32x4.splat(0);
      let c13 = f32x4.splat(0);
      let k: usize = 0;
      for (; k < whole; k += 16) {
        const x0 = v128.load(a0 + k);
        const x1 = v128.load(a1 + k);
        let y = v128.load(b0 + k);
        c00 = madd(x0, y, c00);
        c10 = madd(x1, y, c10);
        y = v128.load(b1 + k);
        c01 = madd(x0, y, c01);
        c11 = madd(x1, y, c11);
        y = v128.load(b2 + k);
        c02 = madd(x0, y, c02);
        c12 = madd(x1, y, c12);
        y = v128.load(b3 + k);
        c03 = madd(x0, y, c03);
        c13 = madd(x1, y, c13);
      }
      for (; k < bytesOf(K); k += 4) {
        const x0 = v128.load32_zero(a0 + k);
        const x1 = v128.load32_zero(a1 + k);
        let y = v128.load32_zero(b0 + k);
        c00 = madd(x0, y, c00);
        c10 = madd(x1, y, c10);
        y = v128.load32_zero(b1 + k);
        c01 = madd(x0, y, c01);
        c11 = madd(x1, y, c11);
        y = v128.load32_zero(b2 + k);
        c02 = madd(x0, y, c02);
        c12 = madd(x1, y, c12);
        y = v128.load32_zero(b3 + k);
        c03 = madd(x0, y, c03);
        c13 = madd(x1, y, c13);
      }
      const at = <usize>row * cRow + bytesOf(column);
      const extra: usize = residual == 0 ? 0 : residual + <usize>row * residualRow + bytesOf(column);
      const sums0 = f32x4.mul(sumColumns(c00, c01, c02, c03), factor);
      storeRow(c + at, columns, sums0, accumulate, extra);
      if (row + 1 < M) {
        const sums1 = f32x4.mul(sumColumns(c10, c11, c12, c13), factor);
        storeRow(c + at + cRow, columns, sums1, accumulate, extra == 0 ? 0 : extra + residualRow);
      }
    }
  }
}

/** The sums of the lanes of four vectors, always in the same order: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
function sumColumns(c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  const pairs01 = f32x4.add(low01, high01);
  const pairs23 = f32x4.add(low23, high23);
  return f32x4.add(
    v128.shuffle<i64>(pairs01, pairs23, 0, 2),
    v128.shuffle<i64>(pairs01, pairs23, 1, 3),
  );
}

function storeRow(c: usize, columns: i32, sums: v128, accumulate: i32, residual: usize): void {
  if (columns == 4) {
    let value = sums;
    if (residual != 0) value = f32x4.add(value, v128.load(residual));
    if (accumulate) value = f32x4.add(value, v128.load(c));
    v128.store(c, value);
    return;
  }
  let rest = sums;
  for (let j: usize = 0; j < bytesOf(columns); j += 4) {
    let value = f32x4.extract_lane(rest, 0);
    if (residual != 0) value += load<f32>(residual + j);
    if (accumulate) value += load<f32>(c + j);
    store<f32>(c + j, value);
    rest = v128.shuffle<i32>(rest, rest, 1, 2, 3, 0);
  }
}
