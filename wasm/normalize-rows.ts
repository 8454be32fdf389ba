import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** Squared length up to which a row counts as 0. */
const SHORTEST: f32 = 1e-24;

/** `normalize_rows`: shares of rows. */
export function normalize_rows(
  out: usize,
  inverse: usize,
  x: usize,
  _dy: usize,
  rows: i32,
  width: i32,
  _accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * bytes;
    let squares = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      const value = v128.load(x + base + c);
      squares = madd(value, value, squares);
    }
    const total = sum4(squares);
    const r: f32 = total <= SHORTEST ? 0 : <f32>1 / sqrt<f32>(total);
    store<f32>(inverse + bytesOf(row), r);
    const factor = f32x4.splat(r);
    for (let c: usize = 0; c < bytes; c += 16) {
      v128.store(out + base + c, f32x4.mul(v128.load(x + base + c), factor));
    }
  }
}

/** `normalize_rows_backward`: shares of rows; `x` holds the normalised rows. */
export function normalize_rows_backward(
  out: usize,
  inverse: usize,
  x: usize,
  dy: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * bytes;
    let products = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      products = madd(v128.load(dy + base + c), v128.load(x + base + c), products);
    }
    const along = f32x4.splat(-sum4(products));
    const r = v128.load32_splat(inverse + bytesOf(row));
    for (let c: usize = 0; c < bytes; c += 16) {
      const across = madd(along, v128.load(x + base + c), v128.load(dy + base + c));
      let value = f32x4.mul(r, across);
      if (accumulate !== 0) value = f32x4.add(v128.load(out + base + c), value);
      v128.store(out + base + c, value);
    }
  }
}
