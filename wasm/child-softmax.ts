import { multiplyFewRows } from './dot-rows';
import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { madd, max4, sum4 } from './simd';

/** Bytes of an entry of `runs` and of `groups`: four words. */
const ENTRY: usize = 16;

/** `child_logits`: shares of rows. Neighbours with the same children are one product. */
export function child_logits(
  logits: usize,
  x: usize,
  children: usize,
  runs: usize,
  rows: i32,
  most: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  let row = shareStart(rows, part, parts);
  while (row < last) {
    const run = runs + <usize>row * ENTRY;
    const first = load<i32>(run);
    const count = load<i32>(run, 4);
    const start = load<i32>(run, 8);
    let end = row + 1;
    while (
      end < last &&
      load<i32>(runs + <usize>end * ENTRY) === first &&
      load<i32>(runs + <usize>end * ENTRY, 4) === count &&
      load<i32>(runs + <usize>end * ENTRY, 8) === start + (end - row) * count
    ) {
      end += 1;
    }
    if (count > 0) {
      multiplyFewRows(
        logits + bytesOf(start), bytesOf(count), end - row, count, width,
        x + <usize>row * bytes, bytes, children + <usize>first * bytes, bytes,
        1, 0, 0, 0,
      );
    }
    row = end;
  }
}

/** `child_softmax`: shares of rows; exponentials stand in the logits' place until they are summed. */
export function child_softmax(
  logits: usize,
  loss: usize,
  runs: usize,
  hyper: usize,
  rows: i32,
  part: i32,
  parts: i32,
): void {
  const scale = load<f32>(hyper);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const run = runs + <usize>row * ENTRY;
    const bytes = bytesOf(load<i32>(run, 4));
    if (bytes === 0) {
      store<f32>(loss + bytesOf(row), 0);
      continue;
    }
    const base = logits + bytesOf(load<i32>(run, 8));
    const target = base + bytesOf(load<i32>(run, 12));
    const wanted = load<f32>(target);
    const peak = largest(base, bytes, wanted);
    const total = exponentials(base, bytes, peak);
    store<f32>(loss + bytesOf(row), log1(total) + (peak - wanted));
    // p - 1 of the target is divided like the others, so that it is 0 where it stands alone.
    const own = load<f32>(target) / total - 1;
    const factor = f32x4.splat(scale / total);
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) {
      v128.store(base + c, f32x4.mul(v128.load(base + c), factor));
    }
    for (; c < bytes; c += 4) store<f32>(base + c, load<f32>(base + c) * (scale / total));
    store<f32>(target, own * scale);
  }
}

// @ts-ignore: decorator
@inline
function largest(base: usize, bytes: usize, wanted: f32): f32 {
  let peaks = f32x4.splat(wanted);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) peaks = f32x4.max(peaks, v128.load(base + c));
  let peak = max4(peaks);
  for (; c < bytes; c += 4) peak = max(peak, load<f32>(base + c));
  return peak;
}

/** Logits become e^(z - peak). @returns their sum */
// @ts-ignore: decorator
@inline
function exponentials(base: usize, bytes: usize, peak: f32): f32 {
  const peaks = f32x4.splat(peak);
  let sums = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const e = exp4(f32x4.sub(v128.load(base + c), peaks));
    v128.store(base + c, e);
    sums = f32x4.add(sums, e);
  }
  let sum = sum4(sums);
  for (; c < bytes; c += 4) {
    const e = exp1(load<f32>(base + c) - peak);
    store<f32>(base + c, e);
    sum += e;
  }
  return sum;
}

/** `child_rows_backward`: shares of rows. */
export function child_rows_backward(
  dx: usize,
  dlogits: usize,
  children: usize,
  runs: usize,
  rows: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const run = runs + <usize>row * ENTRY;
    const source = children + <usize>load<i32>(run) * bytes;
    const count = load<i32>(run, 4);
    const factors = dlogits + bytesOf(load<i32>(run, 8));
    addRows(dx + <usize>row * bytes, bytes, source, factors, 4, count, accumulate);
  }
}

/** `children_backward`: shares of children. */
export function children_backward(
  dchildren: usize,
  dlogits: usize,
  x: usize,
  groups: usize,
  children: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(children, part + 1, parts);
  for (let child = shareStart(children, part, parts); child < last; child++) {
    const group = groups + <usize>child * ENTRY;
    const source = x + <usize>load<i32>(group) * bytes;
    const count = load<i32>(group, 4);
    const factors = dlogits + bytesOf(load<i32>(group, 8));
    const stride = bytesOf(load<i32>(group, 12));
    addRows(dchildren + <usize>child * bytes, bytes, source, factors, stride, count, 0);
  }
}

/** target (+)= Σ factor_i · row_i over `count` rows that follow each other, 16 columns at a time. */
// @ts-ignore: decorator
@inline
function addRows(
  target: usize,
  bytes: usize,
  source: usize,
  factors: usize,
  stride: usize,
  count: i32,
  accumulate: i32,
): void {
  let c: usize = 0;
  for (; c + 64 <= bytes; c += 64) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let row = source + c;
    let factor = factors;
    for (let i = 0; i < count; i++) {
      const f = v128.load32_splat(factor);
      s0 = madd(f, v128.load(row), s0);
      s1 = madd(f, v128.load(row, 16), s1);
      s2 = madd(f, v128.load(row, 32), s2);
      s3 = madd(f, v128.load(row, 48), s3);
      row += bytes;
      factor += stride;
    }
    put(target + c, s0, accumulate);
    put(target + c + 16, s1, accumulate);
    put(target + c + 32, s2, accumulate);
    put(target + c + 48, s3, accumulate);
  }
  for (; c < bytes; c += 16) {
    let sum = f32x4.splat(0);
    let row = source + c;
    let factor = factors;
    for (let i = 0; i < count; i++) {
      sum = madd(v128.load32_splat(factor), v128.load(row), sum);
      row += bytes;
      factor += stride;
    }
    put(target + c, sum, accumulate);
  }
}

// @ts-ignore: decorator
@inline
function put(target: usize, sum: v128, accumulate: i32): void {
  v128.store(target, accumulate !== 0 ? f32x4.add(v128.load(target), sum) : sum);
}
