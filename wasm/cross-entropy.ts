import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { sum4 } from './simd';

/**
 * `cross_entropy`: shares of rows, three passes over a row: peak, e^(z - peak) in place with its
 * sum, then one factor. So there is one exponential a logit, and the row stays in the L1 cache.
 */
export function cross_entropy(
  logits: usize,
  loss: usize,
  targets: usize,
  hyper: usize,
  rows: i32,
  vocabulary: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(vocabulary);
  const scale = load<f32>(hyper);
  const lastRow = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < lastRow; row++) {
    const base = logits + <usize>row * bytes;
    const target = load<i32>(targets + bytesOf(row));
    if (target < 0) {
      memory.fill(base, 0, bytes);
      store<f32>(loss + bytesOf(row), 0);
      continue;
    }
    const peak = largest(base, vocabulary);
    const wanted = base + bytesOf(target);
    const distance = peak - load<f32>(wanted);
    const total = exponentials(base, vocabulary, peak);
    // The difference of logits first: their size must not eat the digits of the logarithm.
    store<f32>(loss + bytesOf(row), log1(total) + distance);
    const wantedGradient = (load<f32>(wanted) / total - 1) * scale;
    multiply(base, vocabulary, scale / total);
    store<f32>(wanted, wantedGradient);
  }
}

/**
 * `cross_entropy_scan`: shares of rows. One block of columns joins the row's running peak and sum
 * of exponentials: state[row] = (peak, sum, logit of the target, 0).
 */
export function cross_entropy_scan(
  logits: usize,
  _loss: usize,
  state: usize,
  targets: usize,
  _hyper: usize,
  rows: i32,
  columns: i32,
  first: i32,
  part: i32,
  parts: i32,
): void {
  const lastRow = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < lastRow; row++) {
    const target = load<i32>(targets + bytesOf(row));
    if (target < 0) continue;
    const base = logits + <usize>row * bytesOf(columns);
    const own = state + (<usize>row << 4);
    let peak = largest(base, columns);
    let total: f32 = 0;
    let wanted: f32 = 0;
    if (first > 0) {
      const before = load<f32>(own);
      peak = max(peak, before);
      total = load<f32>(own, 4) * exp1(before - peak);
      wanted = load<f32>(own, 8);
    }
    total += sumOfExponentials(base, columns, peak);
    const column = target - first;
    if (column >= 0 && column < columns) wanted = load<f32>(base + bytesOf(column));
    store<f32>(own, peak);
    store<f32>(own, total, 4);
    store<f32>(own, wanted, 8);
    store<f32>(own, 0, 12);
  }
}

/** `cross_entropy_apply`: shares of rows. One block's logits become their gradient. */
export function cross_entropy_apply(
  logits: usize,
  loss: usize,
  state: usize,
  targets: usize,
  hyper: usize,
  rows: i32,
  columns: i32,
  first: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(columns);
  const scale = load<f32>(hyper);
  const lastRow = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < lastRow; row++) {
    const base = logits + <usize>row * bytes;
    const target = load<i32>(targets + bytesOf(row));
    if (target < 0) {
      memory.fill(base, 0, bytes);
      if (first === 0) store<f32>(loss + bytesOf(row), 0);
      continue;
    }
    const own = state + (<usize>row << 4);
    const peak = load<f32>(own);
    const total = load<f32>(own, 4);
    if (first === 0) store<f32>(loss + bytesOf(row), log1(total) + (peak - load<f32>(own, 8)));
    exponentials(base, columns, peak);
    const column = target - first;
    const isHere = column >= 0 && column < columns;
    const wanted = base + bytesOf(isHere ? column : 0);
    const wantedGradient = (load<f32>(wanted) / total - 1) * scale;
    multiply(base, columns, scale / total);
    if (isHere) store<f32>(wanted, wantedGradient);
  }
}

/** Largest of `count` numbers. NaNs may be passed over: they show up in the sum. */
// @ts-ignore: decorator
@inline
function largest(base: usize, count: i32): f32 {
  const end = base + bytesOf(count);
  let at = base;
  let a = f32x4.splat(-Infinity);
  let b = a;
  let c = a;
  let d = a;
  for (; at + 64 <= end; at += 64) {
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
    c = f32x4.pmax(c, v128.load(at, 32));
    d = f32x4.pmax(d, v128.load(at, 48));
  }
  for (; at + 16 <= end; at += 16) a = f32x4.pmax(a, v128.load(at));
  a = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  let peak = max(
    max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
  for (; at < end; at += 4) peak = max(peak, load<f32>(at));
  return peak;
}

/** Replaces z by e^(z - peak) and sums it up. */
// @ts-ignore: decorator
@inline
function exponentials(base: usize, count: i32, peak: f32): f32 {
  const end = base + bytesOf(count);
  const shift = f32x4.splat(peak);
  let at = base;
  let a = f32x4.splat(0);
  let b = a;
  for (; at + 32 <= end; at += 32) {
    const first = exp4(f32x4.sub(v128.load(at), shift));
    const second = exp4(f32x4.sub(v128.load(at, 16), shift));
    v128.store(at, first);
    v128.store(at, second, 16);
    a = f32x4.add(a, first);
    b = f32x4.add(b, second);
  }
  let total = sum4(f32x4.add(a, b));
  for (; at < end; at += 4) {
    const value = exp1(load<f32>(at) - peak);
    store<f32>(at, value);
    total += value;
  }
  return total;
}

/** The sum alone. */
// @ts-ignore: decorator
@inline
function sumOfExponentials(base: usize, count: i32, peak: f32): f32 {
  const end = base + bytesOf(count);
  const shift = f32x4.splat(peak);
  let at = base;
  let sums = f32x4.splat(0);
  for (; at + 16 <= end; at += 16) {
    sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(at), shift)));
  }
  let total = sum4(sums);
  for (; at < end; at += 4) total += exp1(load<f32>(at) - peak);
  return total;
}

// @ts-ignore: decorator
@inline
function multiply(base: usize, count: i32, scalar: f32): void {
  const end = base + bytesOf(count);
  const factor = f32x4.splat(scalar);
  let at = base;
  for (; at + 32 <= end; at += 32) {
    v128.store(at, f32x4.mul(v128.load(at), factor));
    v128.store(at, f32x4.mul(v128.load(at, 16), factor), 16);
  }
  for (; at < end; at += 4) store<f32>(at, load<f32>(at) * scalar);
}
