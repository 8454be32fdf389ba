import { bytesOf, shareStart } from './share';
import { fuseVectors, hasPlainCuts } from './ties-plain';
import { agreeing, begin, combined, elected, load4 } from './ties-votes';

/** How agreeing values become one, as in src/merge/ties/merge-kernels.ts. */
const MEAN: i32 = 0;
const SUM: i32 = 1;
const MAX: i32 = 2;

/** What stays the same within a block. */
let resultAt: usize = 0;
let baseAt: usize = 0;
let m0At: usize = 0;
let m1At: usize = 0;
let m2At: usize = 0;
let m3At: usize = 0;
let w0Of: f32 = 0;
let w1Of: f32 = 0;
let w2Of: f32 = 0;
let w3Of: f32 = 0;
let cutsAt: usize = 0;
let cutBytes: usize = 0;
let combineOf: i32 = 0;
let isWeighted: bool = false;
let lambdaOf: f32 = 0;
let totalOf: i32 = 0;

/** `ties_fused`: shares of blocks. Election and disjoint merge of up to four models. */
export function ties_fused(
  result: usize,
  base: usize,
  blocks: usize,
  cuts: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  blockCount: i32,
  segmentCount: i32,
  firstModel: i32,
  modelCount: i32,
  totalModels: i32,
  combine: i32,
  weightedVotes: i32,
  majority: i32,
  _zero: i32,
  lambda: f32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
  part: i32,
  parts: i32,
): void {
  // `elected` looks at what this remembers.
  begin(
    base,
    cuts,
    m0,
    m1,
    m2,
    m3,
    segmentCount,
    firstModel,
    modelCount,
    totalModels,
    combine,
    weightedVotes,
    majority,
    w0,
    w1,
    w2,
    w3,
  );
  resultAt = result;
  baseAt = base;
  m0At = m0;
  m1At = m1;
  m2At = m2;
  m3At = m3;
  w0Of = w0;
  w1Of = w1;
  w2Of = w2;
  w3Of = w3;
  combineOf = combine;
  isWeighted = weightedVotes === 1;
  lambdaOf = lambda;
  totalOf = totalModels;
  cutBytes = <usize>segmentCount << 4;
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    cutsAt = cuts + (<usize>(firstModel * segmentCount + load<i32>(block, 8)) << 4);
    let first = load<u32>(block);
    const end = load<u32>(block, 4);
    const whole = first + ((end - first) & ~3);
    if (combine <= SUM && hasPlainCuts(cutsAt, cutBytes, modelCount, first, end)) {
      if (modelCount === 1) plain(1, first, whole);
      else if (modelCount === 2) plain(2, first, whole);
      else if (modelCount === 3) plain(3, first, whole);
      else plain(4, first, whole);
      first = whole;
    }
    // The number of models is a constant of each: their values stay in registers.
    if (modelCount === 1) fuse(1, first, whole, end);
    else if (modelCount === 2) fuse(2, first, whole, end);
    else if (modelCount === 3) fuse(3, first, whole, end);
    else fuse(4, first, whole, end);
  }
}

// @ts-ignore: decorator
@inline
function plain(models: i32, first: u32, end: u32): void {
  const from = <usize>first << 2;
  fuseVectors(
    models,
    combineOf === MEAN,
    isWeighted,
    resultAt,
    baseAt,
    m0At,
    m1At,
    m2At,
    m3At,
    w0Of,
    w1Of,
    w2Of,
    w3Of,
    lambdaOf,
    from,
    <usize>end << 2,
  );
}

// @ts-ignore: decorator
@inline
function fuse(models: i32, first: u32, whole: u32, end: u32): void {
  const threshold0 = v128.load32_splat(cutsAt);
  const limit0 = v128.load32_splat(cutsAt, 4);
  const scale0 = v128.load32_splat(cutsAt, 8);
  const cut1 = cutsAt + (models > 1 ? cutBytes : 0);
  const threshold1 = v128.load32_splat(cut1);
  const limit1 = v128.load32_splat(cut1, 4);
  const scale1 = v128.load32_splat(cut1, 8);
  const cut2 = cut1 + (models > 2 ? cutBytes : 0);
  const threshold2 = v128.load32_splat(cut2);
  const limit2 = v128.load32_splat(cut2, 4);
  const scale2 = v128.load32_splat(cut2, 8);
  const cut3 = cut2 + (models > 3 ? cutBytes : 0);
  const threshold3 = v128.load32_splat(cut3);
  const limit3 = v128.load32_splat(cut3, 4);
  const scale3 = v128.load32_splat(cut3, 8);
  for (let i = first; i < end; ) {
    const isWhole = i < whole;
    const at = <usize>i << 2;
    const base = load4(baseAt + at, isWhole);
    const places = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
    const value0 = trimmed(m0At + at, base, places, threshold0, limit0, scale0, isWhole);
    const share0 = f32x4.mul(f32x4.splat(w0Of), value0);
    const vote0 = isWeighted ? share0 : value0;
    let votes = f32x4.add(f32x4.splat(0), vote0);
    let share1 = share0;
    let vote1 = vote0;
    let share2 = share0;
    let vote2 = vote0;
    let share3 = share0;
    let vote3 = vote0;
    if (models > 1) {
      const value = trimmed(m1At + at, base, places, threshold1, limit1, scale1, isWhole);
      share1 = f32x4.mul(f32x4.splat(w1Of), value);
      vote1 = isWeighted ? share1 : value;
      votes = f32x4.add(votes, vote1);
    }
    if (models > 2) {
      const value = trimmed(m2At + at, base, places, threshold2, limit2, scale2, isWhole);
      share2 = f32x4.mul(f32x4.splat(w2Of), value);
      vote2 = isWeighted ? share2 : value;
      votes = f32x4.add(votes, vote2);
    }
    if (models > 3) {
      const value = trimmed(m3At + at, base, places, threshold3, limit3, scale3, isWhole);
      share3 = f32x4.mul(f32x4.splat(w3Of), value);
      vote3 = isWeighted ? share3 : value;
      votes = f32x4.add(votes, vote3);
    }
    const chosen = elected(votes);
    const agrees0 = agreeing(vote0, chosen);
    let sum = summed(f32x4.splat(0), share0, agrees0, chosen);
    let divisor = f32x4.add(f32x4.splat(0), v128.and(unitOf(w0Of), agrees0));
    if (models > 1) {
      const agrees = agreeing(vote1, chosen);
      sum = summed(sum, share1, agrees, chosen);
      divisor = f32x4.add(divisor, v128.and(unitOf(w1Of), agrees));
    }
    if (models > 2) {
      const agrees = agreeing(vote2, chosen);
      sum = summed(sum, share2, agrees, chosen);
      divisor = f32x4.add(divisor, v128.and(unitOf(w2Of), agrees));
    }
    if (models > 3) {
      const agrees = agreeing(vote3, chosen);
      sum = summed(sum, share3, agrees, chosen);
      divisor = f32x4.add(divisor, v128.and(unitOf(w3Of), agrees));
    }
    const value = combined(sum, divisor, combineOf, totalOf);
    const merged = f32x4.add(base, f32x4.mul(f32x4.splat(lambdaOf), value));
    if (isWhole) v128.store(resultAt + at, merged);
    else store<f32>(resultAt + at, f32x4.extract_lane(merged, 0));
    i += isWhole ? 4 : 1;
  }
}

/** A task vector with everything below its cut set to 0. */
// @ts-ignore: decorator
@inline
function trimmed(
  model: usize,
  base: v128,
  places: v128,
  threshold: v128,
  limit: v128,
  scale: v128,
  isWhole: bool,
): v128 {
  const delta = f32x4.sub(load4(model, isWhole), base);
  const keys = v128.and(delta, i32x4.splat(0x7fffffff));
  const isTie = v128.and(i32x4.eq(keys, threshold), i32x4.le_u(places, limit));
  const isKept = v128.or(i32x4.gt_u(keys, threshold), isTie);
  return v128.and(f32x4.mul(delta, scale), isKept);
}

/** The sum, or the largest, of what agrees. */
// @ts-ignore: decorator
@inline
function summed(sum: v128, share: v128, agrees: v128, chosen: v128): v128 {
  if (combineOf !== MAX) return f32x4.add(sum, v128.and(share, agrees));
  const largest = f32x4.max(f32x4.abs(sum), f32x4.abs(v128.and(share, agrees)));
  return v128.bitselect(f32x4.mul(chosen, largest), sum, agrees);
}

/** What an agreeing value adds to the divisor. */
// @ts-ignore: decorator
@inline
function unitOf(weight: f32): v128 {
  return f32x4.splat(combineOf === MEAN ? weight : <f32>1);
}
