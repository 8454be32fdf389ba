import { bytesOf, shareStart } from './share';

/** Rules of src/merge/sparse/fold-kernels.ts; constants, so that each kernel is a loop of its own. */
const LARGEST: i32 = 0;
const NEAR: i32 = 1;
const ELECTED: i32 = 2;
const AGREEING: i32 = 3;
const DOMINANT: i32 = 4;
const AGREED: i32 = 5;
const SPREAD: i32 = 6;
const CONFLICT: i32 = 7;
const WITHIN: i32 = 8;
const OWNERS: i32 = 9;
const UNIQUE: i32 = 10;
const SHARE: i32 = 11;

/**
 * One fold over a share of the elements. A rule computes in float64 and rounds once, as its twin
 * does on float32 arrays: the same bits.
 */
// @ts-ignore: decorator
@inline
function fold(
  rule: i32,
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  const last = bytesOf(shareStart(length, part + 1, parts));
  for (let at = bytesOf(shareStart(length, part, parts)); at < last; at += 4) {
    const origin = <f64>load<f32>(base + at);
    const own = <f64>load<f32>(model + at);
    const x = own - origin;
    // Without the rules that leave it alone: then it may be one element long.
    const other = rule === LARGEST || rule === NEAR || rule === SPREAD || rule === CONFLICT ? 0 : <f64>load<f32>(found + at);
    const before = <f64>load<f32>(result + at);
    let value: f64 = 0;
    if (rule === LARGEST) {
      value = abs(x) >= abs(before) ? x : before;
    } else if (rule === NEAR) {
      const weight = min<f64>(1, max<f64>(0, <f64>a / max(abs(x), <f64>b)));
      value = weight === 1 ? own : origin + weight * x;
    } else if (rule === ELECTED) {
      const chosen: f64 = other > 0 ? 1 : -1;
      value = chosen * max(abs(before), max<f64>(chosen * x, 0));
    } else if (rule === AGREEING) {
      value = (x > 0 && other > 0) || (x < 0 && other < 0) ? other : 0;
    } else if (rule === DOMINANT) {
      value = before + (abs(x) > <f64>a * abs(other - x) + <f64>b ? 1 : 0);
    } else if (rule === AGREED) {
      value = before >= <f64>b ? origin + <f64>a * other : origin;
    } else if (rule === SPREAD) {
      const mean = <f64>load<f32>(second + at);
      const distance = x - mean;
      const moved = mean + distance / <f64>count;
      store<f32>(second + at, <f32>moved);
      value = before + distance * (x - moved);
    } else if (rule === CONFLICT) {
      const size = abs(x);
      const sizes = <f64>load<f32>(second + at);
      store<f32>(second + at, <f32>(sizes + size));
      value = before + 2 * size * sizes;
    } else if (rule === WITHIN) {
      value = other === 0 || other < <f64>a ? before + x : before;
    } else if (rule === OWNERS) {
      value = abs(x) > <f64>b ? min<f64>(other, 2) : 0;
    } else if (rule === UNIQUE) {
      value = abs(x) > <f64>b && other === 1 ? x : 0;
    } else {
      value = abs(x) > <f64>b ? before + x / max<f64>(other, 1) : before;
    }
    store<f32>(result + at, <f32>value);
  }
}

/** `sparse_fold_largest`: shares of elements. */
export function sparse_fold_largest(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(LARGEST, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_near`: shares of elements. */
export function sparse_fold_near(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(NEAR, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_elected`: shares of elements. */
export function sparse_fold_elected(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(ELECTED, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_agreeing`: shares of elements. */
export function sparse_fold_agreeing(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(AGREEING, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_dominant`: shares of elements. */
export function sparse_fold_dominant(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(DOMINANT, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_agreed`: shares of elements. */
export function sparse_fold_agreed(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(AGREED, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_spread`: shares of elements. */
export function sparse_fold_spread(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(SPREAD, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_conflict`: shares of elements. */
export function sparse_fold_conflict(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(CONFLICT, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_within`: shares of elements. */
export function sparse_fold_within(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(WITHIN, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_owners`: shares of elements. */
export function sparse_fold_owners(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(OWNERS, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_unique`: shares of elements. */
export function sparse_fold_unique(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(UNIQUE, result, second, base, model, found, length, count, a, b, part, parts);
}

/** `sparse_fold_share`: shares of elements. */
export function sparse_fold_share(
  result: usize,
  second: usize,
  base: usize,
  model: usize,
  found: usize,
  length: i32,
  count: i32,
  a: f32,
  b: f32,
  part: i32,
  parts: i32,
): void {
  fold(SHARE, result, second, base, model, found, length, count, a, b, part, parts);
}
