import { exp1 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** bias + sum of max(x, 0) * weight over a row, in four lanes. */
export function reluDot(bias: f32, x: usize, weight: usize, width: i32): f32 {
  const bytes = bytesOf(width);
  const zero = f32x4.splat(0);
  let sums = zero;
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    sums = madd(f32x4.max(v128.load(x + c), zero), v128.load(weight + c), sums);
  }
  let sum = bias + sum4(sums);
  for (; c < bytes; c += 4) sum += max(load<f32>(x + c), 0) * load<f32>(weight + c);
  return sum;
}

/** `click_loss`: shares of rows. */
export function click_loss(
  logits: usize,
  loss: usize,
  dlogits: usize,
  x: usize,
  weight: usize,
  bias: usize,
  labels: usize,
  hyper: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const at = bytesOf(row);
    const z = reluDot(load<f32>(bias), x + <usize>row * bytesOf(width), weight, width);
    store<f32>(logits + at, z);
    const label = load<i32>(labels + at);
    if (label < 0) {
      store<f32>(loss + at, 0);
      store<f32>(dlogits + at, 0);
      continue;
    }
    const y = <f32>label;
    const e = exp1(-abs(z));
    const tail: f32 = e < 1e-3 ? e * (1 - 0.5 * e) : log1(1 + e);
    store<f32>(loss + at, max(z, 0) - y * z + tail);
    const p = (z >= 0 ? <f32>1 : e) / (1 + e);
    store<f32>(dlogits + at, (p - y) * load<f32>(hyper));
  }
}

/** `click_loss_backward`: shares of rows. */
export function click_loss_backward(
  dx: usize,
  partial: usize,
  dlogits: usize,
  x: usize,
  weight: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  const zero = f32x4.splat(0);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = <usize>row * bytes;
    const dz = load<f32>(dlogits + bytesOf(row));
    const factor = f32x4.splat(dz);
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) {
      const value = v128.load(x + base + c);
      const d = f32x4.mul(factor, v128.load(weight + c));
      const kept = v128.and(d, f32x4.gt(value, zero));
      const target = dx + base + c;
      v128.store(target, accumulate !== 0 ? f32x4.add(v128.load(target), kept) : kept);
      v128.store(partial + base + c, f32x4.mul(factor, f32x4.max(value, zero)));
    }
    for (; c < bytes; c += 4) {
      const value = load<f32>(x + base + c);
      const d: f32 = value > 0 ? dz * load<f32>(weight + c) : 0;
      const target = dx + base + c;
      store<f32>(target, accumulate !== 0 ? load<f32>(target) + d : d);
      store<f32>(partial + base + c, dz * max(value, 0));
    }
  }
}
