import { agreeing, asksMajority, elected, signOfVotes } from './ties-votes';

/** Keys of one block that are larger than these stay. */
let above0: i32 = 0;
let above1: i32 = 0;
let above2: i32 = 0;
let above3: i32 = 0;
let scale0: v128 = f32x4.splat(1);
let scale1: v128 = f32x4.splat(1);
let scale2: v128 = f32x4.splat(1);
let scale3: v128 = f32x4.splat(1);

/**
 * True where each model keeps all or none of those elements of a block that are at its cut: one
 * signed comparison, as keys are below 2³¹, then says what stays. All blocks but few are so.
 */
export function hasPlainCuts(cuts: usize, cutBytes: usize, models: i32, first: u32, end: u32): bool {
  for (let k = 0; k < models; k++) {
    const cut = cuts + <usize>k * cutBytes;
    const threshold = load<u32>(cut);
    const limit = load<u32>(cut, 4);
    if (limit >= first && limit + 1 < end && limit !== 0xffffffff) return false;
    const keepsTies = limit >= first;
    const isNothing = threshold > 0x7fffffff;
    const above = isNothing ? 0x7fffffff : keepsTies ? <i32>threshold - 1 : <i32>threshold;
    const scale = v128.load32_splat(cut, 8);
    if (k === 0) {
      above0 = above;
      scale0 = scale;
    } else if (k === 1) {
      above1 = above;
      scale1 = scale;
    } else if (k === 2) {
      above2 = above;
      scale2 = scale;
    } else {
      above3 = above;
      scale3 = scale;
    }
  }
  return true;
}

/**
 * `fuse` of whole vectors where cuts are plain, for means and sums: the same operations, but for
 * sums with 0 of which only the sign of a zero could be other, and nobody asks for it.
 */
// @ts-ignore: decorator
@inline
export function fuseVectors(
  models: i32,
  isMean: bool,
  weighted: bool,
  target: usize,
  from: usize,
  model0: usize,
  model1: usize,
  model2: usize,
  model3: usize,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
  lambda: f32,
  start: usize,
  end: usize,
): void {
  const limit0 = i32x4.splat(above0);
  const limit1 = i32x4.splat(above1);
  const limit2 = i32x4.splat(above2);
  const limit3 = i32x4.splat(above3);
  const weight0 = f32x4.splat(w0);
  const weight1 = f32x4.splat(w1);
  const weight2 = f32x4.splat(w2);
  const weight3 = f32x4.splat(w3);
  const by0 = scale0;
  const by1 = scale1;
  const by2 = scale2;
  const by3 = scale3;
  const zero = f32x4.splat(0);
  const asks = asksMajority();
  if (start >= end) return;
  let at = start;
  // Asks last: what stays the same is made before the loop then.
  do {
    const base = v128.load(from + at);
    const value0 = kept(model0 + at, base, limit0, by0);
    const share0 = f32x4.mul(weight0, value0);
    const vote0 = weighted ? share0 : value0;
    let votes = vote0;
    let share1 = share0;
    let vote1 = vote0;
    let share2 = share0;
    let vote2 = vote0;
    let share3 = share0;
    let vote3 = vote0;
    if (models > 1) {
      const value = kept(model1 + at, base, limit1, by1);
      share1 = f32x4.mul(weight1, value);
      vote1 = weighted ? share1 : value;
      votes = f32x4.add(votes, vote1);
    }
    if (models > 2) {
      const value = kept(model2 + at, base, limit2, by2);
      share2 = f32x4.mul(weight2, value);
      vote2 = weighted ? share2 : value;
      votes = f32x4.add(votes, vote2);
    }
    if (models > 3) {
      const value = kept(model3 + at, base, limit3, by3);
      share3 = f32x4.mul(weight3, value);
      vote3 = weighted ? share3 : value;
      votes = f32x4.add(votes, vote3);
    }
    const chosen = asks ? elected(votes) : signOfVotes(votes);
    const agrees0 = agreeing(vote0, chosen);
    let sum = f32x4.add(zero, v128.and(share0, agrees0));
    let divisor = v128.and(weight0, agrees0);
    if (models > 1) {
      const agrees = agreeing(vote1, chosen);
      sum = f32x4.add(sum, v128.and(share1, agrees));
      divisor = f32x4.add(divisor, v128.and(weight1, agrees));
    }
    if (models > 2) {
      const agrees = agreeing(vote2, chosen);
      sum = f32x4.add(sum, v128.and(share2, agrees));
      divisor = f32x4.add(divisor, v128.and(weight2, agrees));
    }
    if (models > 3) {
      const agrees = agreeing(vote3, chosen);
      sum = f32x4.add(sum, v128.and(share3, agrees));
      divisor = f32x4.add(divisor, v128.and(weight3, agrees));
    }
    if (isMean) {
      sum = v128.bitselect(sum, f32x4.div(sum, divisor), f32x4.eq(divisor, zero));
    }
    v128.store(target + at, f32x4.add(base, f32x4.mul(f32x4.splat(lambda), sum)));
    at += 16;
  } while (at < end);
}

// @ts-ignore: decorator
@inline
function kept(model: usize, base: v128, above: v128, scale: v128): v128 {
  const delta = f32x4.sub(v128.load(model), base);
  const keys = v128.and(delta, i32x4.splat(0x7fffffff));
  return v128.and(f32x4.mul(delta, scale), i32x4.gt_s(keys, above));
}
