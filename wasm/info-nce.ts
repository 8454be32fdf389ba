import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { sum4 } from './simd';

const LN_100: f32 = 4.605170185988092;

/**
 * `info_nce`: shares of rows. Samples that do not compete have a logit of minus infinity, whose
 * exponential is 0; the exponentials of a row stand in the cosines' place until its sum is known.
 */
export function info_nce(
  cosines: usize,
  targetCosines: usize,
  loss: usize,
  dscale: usize,
  similar: usize,
  targets: usize,
  scale: usize,
  hyper: usize,
  rows: i32,
  samples: i32,
  threshold: f32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(samples);
  const last = shareStart(rows, part + 1, parts);
  const level = load<f32>(scale);
  const s = exp1(level > LN_100 ? LN_100 : level < 0 ? 0 : level);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const base = cosines + <usize>row * bytes;
    const at = bytesOf(row);
    if (load<i32>(targets + at) < 0) {
      memory.fill(base, 0, bytes);
      store<f32>(targetCosines + at, 0);
      store<f32>(loss + at, 0);
      store<f32>(dscale + at, 0);
      continue;
    }
    const wanted = s * load<f32>(targetCosines + at);
    const peak = scaled(base, similar + <usize>row * bytes, bytes, s, threshold, wanted);
    const sums = exponentials(base, bytes, peak, wanted);
    const others = f32x4.extract_lane(sums, 0);
    const total = exp1(wanted - peak) + others;
    store<f32>(loss + at, log1(total) + (peak - wanted));
    const factor = load<f32>(hyper) / total;
    multiply(base, bytes, factor * s);
    store<f32>(targetCosines + at, -others * factor * s);
    store<f32>(dscale + at, f32x4.extract_lane(sums, 1) * factor);
  }
}

/** Cosines of a row become logits, minus infinity where none competes. @returns the largest */
// @ts-ignore: decorator
@inline
function scaled(
  base: usize,
  similar: usize,
  bytes: usize,
  s: f32,
  threshold: f32,
  wanted: f32,
): f32 {
  const factor = f32x4.splat(s);
  const bound = f32x4.splat(threshold);
  const none = f32x4.splat(-Infinity);
  let peaks = f32x4.splat(wanted);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const isOut = f32x4.gt(v128.load(similar + c), bound);
    const z = v128.bitselect(none, f32x4.mul(v128.load(base + c), factor), isOut);
    v128.store(base + c, z);
    peaks = f32x4.max(peaks, z);
  }
  let peak = max(
    max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
    max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
  );
  for (; c < bytes; c += 4) {
    const isOut = load<f32>(similar + c) > threshold;
    const z: f32 = isOut ? -Infinity : load<f32>(base + c) * s;
    store<f32>(base + c, z);
    peak = max(peak, z);
  }
  return peak;
}

/** Logits become e^(z - peak). @returns (their sum, the sum of e^(z - peak) (z - wanted), …) */
// @ts-ignore: decorator
@inline
function exponentials(base: usize, bytes: usize, peak: f32, wanted: f32): v128 {
  const peaks = f32x4.splat(peak);
  const origin = f32x4.splat(wanted);
  let sums = f32x4.splat(0);
  let moments = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const z = v128.load(base + c);
    const e = exp4(f32x4.sub(z, peaks));
    v128.store(base + c, e);
    sums = f32x4.add(sums, e);
    // 0 times minus infinity is no number: what does not compete adds nothing.
    const moment = f32x4.mul(e, f32x4.sub(z, origin));
    moments = f32x4.add(moments, v128.andnot(moment, f32x4.eq(e, f32x4.splat(0))));
  }
  let sum = sum4(sums);
  let moment = sum4(moments);
  for (; c < bytes; c += 4) {
    const z = load<f32>(base + c);
    const e = exp1(z - peak);
    store<f32>(base + c, e);
    sum += e;
    if (e !== 0) moment += e * (z - wanted);
  }
  return f32x4.replace_lane(f32x4.splat(sum), 1, moment);
}

// @ts-ignore: decorator
@inline
function multiply(base: usize, bytes: usize, scalar: f32): void {
  const factor = f32x4.splat(scalar);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) v128.store(base + c, f32x4.mul(v128.load(base + c), factor));
  for (; c < bytes; c += 4) store<f32>(base + c, load<f32>(base + c) * scalar);
}

/** `info_nce_scale`: one sum in order, by the first thread. */
export function info_nce_scale(
  gradient: usize,
  dscale: usize,
  scale: usize,
  rows: i32,
  part: i32,
  _parts: i32,
): void {
  if (part !== 0) return;
  let sum: f32 = 0;
  for (let row = 0; row < rows; row++) sum += load<f32>(dscale + bytesOf(row));
  const level = load<f32>(scale);
  const leaves = (level >= LN_100 && sum < 0) || (level <= 0 && sum > 0);
  if (!leaves) store<f32>(gradient, load<f32>(gradient) + sum);
}
