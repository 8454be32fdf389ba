import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** `rmsnorm`: shares of rows. */
export function rmsnorm(
  out: usize,
  inverse: usize,
  x: usize,
  w: usize,
  rows: i32,
  width: i32,
  _accumulate: i32,
  eps: f32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * bytes;
    const r = inverseRoot(x + base, width, eps);
    store<f32>(inverse + bytesOf(row), r);
    const factor = f32x4.splat(r);
    for (let c: usize = 0; c < bytes; c += 16) {
      const value = f32x4.mul(f32x4.mul(v128.load(x + base + c), factor), v128.load(w + c));
      v128.store(out + base + c, value);
    }
  }
}

/** 1 / sqrt(mean(x²) + eps) of `width` numbers, a multiple of 4. */
// @ts-ignore: decorator
@inline
export function inverseRoot(x: usize, width: i32, eps: f32): f32 {
  let squares = f32x4.splat(0);
  const end = x + bytesOf(width);
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    squares = madd(value, value, squares);
  }
  return <f32>1 / sqrt<f32>(sum4(squares) / <f32>width + eps);
}

/** `rmsnorm_backward`: shares of rows. */
export function rmsnorm_backward(
  out: usize,
  dy: usize,
  x: usize,
  w: usize,
  inverse: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  _chunk: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * bytes;
    const r = load<f32>(inverse + bytesOf(row));
    let products = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += 16) {
      const weighted = f32x4.mul(v128.load(dy + base + c), v128.load(w + c));
      products = madd(weighted, v128.load(x + base + c), products);
    }
    const factor = f32x4.splat(r);
    const shift = f32x4.splat((-sum4(products) * r * r * r) / <f32>width);
    for (let c: usize = 0; c < bytes; c += 16) {
      const weighted = f32x4.mul(v128.load(dy + base + c), v128.load(w + c));
      const moved = f32x4.mul(v128.load(x + base + c), shift);
      let value = madd(weighted, factor, moved);
      if (accumulate !== 0) value = f32x4.add(v128.load(out + base + c), value);
      v128.store(out + base + c, value);
    }
  }
}

/** `rmsnorm_weight_partial`: shares of chunks; within a chunk the rows are summed in order. */
export function rmsnorm_weight_partial(
  out: usize,
  dy: usize,
  x: usize,
  _w: usize,
  inverse: usize,
  rows: i32,
  width: i32,
  _accumulate: i32,
  chunk: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const chunks = (rows + chunk - 1) / chunk;
  const last = shareStart(chunks, part + 1, parts);
  for (let index = shareStart(chunks, part, parts); index < last; index++) {
    const first = index * chunk;
    const end = min(first + chunk, rows);
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.splat(0);
      for (let row = first; row < end; row++) {
        const at = <usize>row * bytes + c;
        const product = f32x4.mul(v128.load(dy + at), v128.load(x + at));
        sum = madd(product, v128.load32_splat(inverse + bytesOf(row)), sum);
      }
      v128.store(out + <usize>index * bytes + c, sum);
    }
  }
}
