import { exp1, exp4 } from './exp';
import { scratch } from './scratch';
import { bytesOf, shareStart } from './share';
import { max4, sum4 } from './simd';
import { uniformAt } from './threefry';

/** Columns of a block, and what stands for logits that are not finite: src/nn/ops/sample.ts. */
const BLOCK: i32 = 256;
const NOT_FINITE: i32 = -1;
/** Instead of a block's sum where a logit is not finite. */
const NO_SUM: f32 = -1;

/** `sample_blocks`: shares of draws. Each block's peak, sum of exponentials and sampled column. */
export function sample_blocks(
  partial: usize,
  candidates: usize,
  _tokens: usize,
  _places: usize,
  _sampled: usize,
  logits: usize,
  keys: usize,
  _lengths: usize,
  draws: i32,
  drawsPerRow: i32,
  _drawsPerUser: i32,
  columns: i32,
  first: i32,
  firstBlock: i32,
  blocks: i32,
  step: i32,
  _maxTokens: i32,
  _stop: i32,
  inverse: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(draws, part + 1, parts);
  for (let draw = shareStart(draws, part, parts); draw < last; draw++) {
    const row = logits + <usize>(draw / drawsPerRow) * bytesOf(columns);
    const key = keys + (<usize>draw << 3);
    for (let start = 0; start < columns; start += BLOCK) {
      const count = min(BLOCK, columns - start);
      const own = row + bytesOf(start);
      const place = firstBlock + start / BLOCK;
      const at = draw * blocks + place;
      if (!isFiniteBlock(own, count)) {
        store<f32>(partial + (<usize>at << 3), 0);
        store<f32>(partial + (<usize>at << 3), NO_SUM, 4);
        store<i32>(candidates + bytesOf(at), first + start);
        continue;
      }
      const peak = largest(own, count);
      const total = exponentials(own, count, peak, inverse);
      let chosen = 0;
      if (inverse == 0) {
        while (chosen + 1 < count && load<f32>(own + bytesOf(chosen)) < peak) chosen++;
      } else {
        chosen = drawIndex(scratch(), count, total * uniformAt(key, step, place + 1));
      }
      store<f32>(partial + (<usize>at << 3), peak);
      store<f32>(partial + (<usize>at << 3), total, 4);
      store<i32>(candidates + bytesOf(at), first + start + chosen);
    }
  }
}

/** `sample_pick`: shares of draws. */
export function sample_pick(
  partial: usize,
  candidates: usize,
  tokens: usize,
  places: usize,
  sampled: usize,
  _logits: usize,
  keys: usize,
  lengths: usize,
  draws: i32,
  _drawsPerRow: i32,
  drawsPerUser: i32,
  _columns: i32,
  _first: i32,
  _firstBlock: i32,
  blocks: i32,
  step: i32,
  maxTokens: i32,
  stop: i32,
  inverse: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(draws, part + 1, parts);
  for (let draw = shareStart(draws, part, parts); draw < last; draw++) {
    const result = sampled + bytesOf(draw * maxTokens + step);
    const length = load<i32>(lengths + bytesOf(draw / drawsPerUser));
    store<i32>(places + bytesOf(draw), length + step);
    store<i32>(tokens + bytesOf(draw), stop);
    if (step > 0) {
      const before = load<i32>(result - 4);
      if (before == stop || before == NOT_FINITE) {
        store<i32>(result, before);
        continue;
      }
    }
    const own = partial + (<usize>(draw * blocks) << 3);
    let peak = load<f32>(own);
    let isFinite = true;
    for (let b = 0; b < blocks; b++) {
      peak = max(peak, load<f32>(own + (<usize>b << 3)));
      if (load<f32>(own + (<usize>b << 3), 4) == NO_SUM) isFinite = false;
    }
    if (!isFinite) {
      store<i32>(result, NOT_FINITE);
      continue;
    }
    let total: f32 = 0;
    for (let b = 0; b < blocks; b++) total += shareOf(own + (<usize>b << 3), peak, inverse);
    let chosen = 0;
    if (inverse == 0) {
      while (chosen + 1 < blocks && load<f32>(own + (<usize>chosen << 3)) < peak) chosen++;
    } else {
      const threshold = total * uniformAt(keys + (<usize>draw << 3), step, 0);
      let sum: f32 = 0;
      for (let b = 0; b < blocks && sum <= threshold; b++) {
        const p = shareOf(own + (<usize>b << 3), peak, inverse);
        if (p > 0) chosen = b;
        sum += p;
      }
    }
    const token = load<i32>(candidates + bytesOf(draw * blocks + chosen));
    store<i32>(result, token);
    store<i32>(tokens + bytesOf(draw), token);
  }
}

// @ts-ignore: decorator
@inline
function shareOf(block: usize, peak: f32, inverse: f32): f32 {
  return load<f32>(block, 4) * exp1((load<f32>(block) - peak) * inverse);
}

// @ts-ignore: decorator
@inline
function largest(base: usize, count: i32): f32 {
  const end = base + bytesOf(count);
  let at = base;
  let peaks = f32x4.splat(-Infinity);
  for (; at + 16 <= end; at += 16) peaks = f32x4.max(peaks, v128.load(at));
  let peak = max4(peaks);
  for (; at < end; at += 4) peak = max(peak, load<f32>(at));
  return peak;
}

/** 0 times a number is 0 but for what is not finite. */
// @ts-ignore: decorator
@inline
function isFiniteBlock(base: usize, count: i32): bool {
  const end = base + bytesOf(count);
  const zero = f32x4.splat(0);
  let at = base;
  let zeros = zero;
  for (; at + 16 <= end; at += 16) zeros = f32x4.add(zeros, f32x4.mul(v128.load(at), zero));
  let all = sum4(zeros);
  for (; at < end; at += 4) all += load<f32>(at) * 0;
  return all == 0;
}

/** e^((z - peak) inverse) to scratch, and their sum. */
// @ts-ignore: decorator
@inline
function exponentials(base: usize, count: i32, peak: f32, inverse: f32): f32 {
  const bytes = bytesOf(count);
  const shift = f32x4.splat(peak);
  const factor = f32x4.splat(inverse);
  let sums = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const p = exp4(f32x4.mul(f32x4.sub(v128.load(base + at), shift), factor));
    v128.store(scratch() + at, p);
    sums = f32x4.add(sums, p);
  }
  let total = sum4(sums);
  for (; at < bytes; at += 4) {
    const p = exp1((load<f32>(base + at) - peak) * inverse);
    store<f32>(scratch() + at, p);
    total += p;
  }
  return total;
}

/** First index whose running sum of weights passes the threshold; never one without weight. */
// @ts-ignore: decorator
@inline
function drawIndex(weights: usize, count: i32, threshold: f32): i32 {
  let chosen = 0;
  let sum: f32 = 0;
  for (let i = 0; i < count && sum <= threshold; i++) {
    const p = load<f32>(weights + bytesOf(i));
    if (p > 0) chosen = i;
    sum += p;
  }
  return chosen;
}
