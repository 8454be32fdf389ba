import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { sum4 } from './simd';

/**
 * `sampled_softmax`: shares of rows. A sample that is the row's own target has a logit of minus
 * infinity, whose exponential is 0; the exponentials of a row stand in the logits' place until
 * their sum is known.
 */
export function sampled_softmax(
  logits: usize,
  targetLogits: usize,
  loss: usize,
  targets: usize,
  candidates: usize,
  shifts: usize,
  hyper: usize,
  rows: i32,
  samples: i32,
  groupRows: i32,
  adds: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(samples);
  const scale = load<f32>(hyper);
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = logits + <usize>row * bytes;
    const at = bytesOf(row);
    const own = load<i32>(targets + at);
    const before: f32 = adds !== 0 ? load<f32>(loss + at) : 0;
    if (own < 0) {
      memory.fill(base, 0, bytes);
      store<f32>(targetLogits + at, 0);
      store<f32>(loss + at, before);
      continue;
    }
    const first = bytesOf(rows) + <usize>(row / groupRows) * bytes;
    const wanted = load<f32>(targetLogits + at) - load<f32>(shifts + at);
    const peak = shifted(base, candidates + first, shifts + first, bytes, own, wanted);
    const wantedPart = exp1(wanted - peak);
    const total = wantedPart + exponentials(base, bytes, peak);
    store<f32>(loss + at, before + (log1(total) + (peak - wanted)));
    multiply(base, bytes, scale / total);
    store<f32>(targetLogits + at, (wantedPart / total - 1) * scale);
  }
}

/** Takes the shifts off the logits; the target itself becomes minus infinity. @returns the largest */
// @ts-ignore: decorator
@inline
function shifted(
  base: usize,
  candidates: usize,
  shifts: usize,
  bytes: usize,
  own: i32,
  wanted: f32,
): f32 {
  const owns = i32x4.splat(own);
  const none = f32x4.splat(-Infinity);
  let peaks = f32x4.splat(wanted);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const isOut = i32x4.eq(v128.load(candidates + c), owns);
    const z = f32x4.sub(v128.load(base + c), v128.load(shifts + c));
    const kept = v128.bitselect(none, z, isOut);
    v128.store(base + c, kept);
    peaks = f32x4.max(peaks, kept);
  }
  let peak = max(
    max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
    max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
  );
  for (; c < bytes; c += 4) {
    const isOut = load<i32>(candidates + c) === own;
    const z: f32 = isOut ? -Infinity : load<f32>(base + c) - load<f32>(shifts + c);
    store<f32>(base + c, z);
    peak = max(peak, z);
  }
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

// @ts-ignore: decorator
@inline
function multiply(base: usize, bytes: usize, scalar: f32): void {
  const factor = f32x4.splat(scalar);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) v128.store(base + c, f32x4.mul(v128.load(base + c), factor));
  for (; c < bytes; c += 4) store<f32>(base + c, load<f32>(base + c) * scalar);
}
