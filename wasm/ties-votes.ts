/** How agreeing values become one, as in src/merge/ties/merge-kernels.ts. */
const MEAN: i32 = 0;
const MAX: i32 = 2;
const MEAN_IF_ALL: i32 = 3;

/** One dispatch's parameters: globals are an instance's own, and nothing else runs meanwhile. */
let baseAt: usize = 0;
let cutsAt: usize = 0;
let m0At: usize = 0;
let m1At: usize = 0;
let m2At: usize = 0;
let m3At: usize = 0;
let w0Of: f32 = 0;
let w1Of: f32 = 0;
let w2Of: f32 = 0;
let w3Of: f32 = 0;
let firstModelOf: i32 = 0;
let modelsOf: i32 = 0;
let segmentsOf: i32 = 0;
let combineOf: i32 = 0;
let isWeighted: bool = false;
let isMajority: bool = false;
let majorityAt: usize = 0;

/** What `collectAt` adds to. */
let sums: v128 = f32x4.splat(0);
let divisors: v128 = f32x4.splat(0);

export function begin(
  base: usize,
  cuts: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  segmentCount: i32,
  firstModel: i32,
  modelCount: i32,
  totalModels: i32,
  combine: i32,
  weightedVotes: i32,
  majority: i32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
): void {
  baseAt = base;
  cutsAt = cuts;
  m0At = m0;
  m1At = m1;
  m2At = m2;
  m3At = m3;
  w0Of = w0;
  w1Of = w1;
  w2Of = w2;
  w3Of = w3;
  firstModelOf = firstModel;
  modelsOf = modelCount;
  segmentsOf = segmentCount;
  combineOf = combine;
  isWeighted = weightedVotes === 1;
  isMajority = majority === 1;
  majorityAt = cuts + (<usize>(segmentCount * totalModels) << 4);
}

// @ts-ignore: decorator
@inline
function modelAt(k: i32): usize {
  return k === 0 ? m0At : k === 1 ? m1At : k === 2 ? m2At : m3At;
}

// @ts-ignore: decorator
@inline
function weightOf(k: i32): v128 {
  return f32x4.splat(k === 0 ? w0Of : k === 1 ? w1Of : k === 2 ? w2Of : w3Of);
}

/** Four elements, or one in all lanes where a tensor ends: nothing behind it is read. */
// @ts-ignore: decorator
@inline
export function load4(address: usize, isWhole: bool): v128 {
  return isWhole ? v128.load(address) : v128.load32_splat(address);
}

/** Task vector of model k with everything below its cut set to 0. */
// @ts-ignore: decorator
@inline
function trimmed(k: i32, i: u32, segment: i32, isWhole: bool): v128 {
  const cut = cutsAt + (<usize>((firstModelOf + k) * segmentsOf + segment) << 4);
  const at = <usize>i << 2;
  const delta = f32x4.sub(load4(modelAt(k) + at, isWhole), load4(baseAt + at, isWhole));
  const keys = v128.and(delta, i32x4.splat(0x7fffffff));
  const threshold = v128.load32_splat(cut);
  const indices = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
  const isBefore = i32x4.le_u(indices, v128.load32_splat(cut, 4));
  const isTie = v128.and(i32x4.eq(keys, threshold), isBefore);
  const isKept = v128.or(i32x4.gt_u(keys, threshold), isTie);
  return v128.and(f32x4.mul(delta, v128.load32_splat(cut, 8)), isKept);
}

/** A product is rounded before it is added: votes that cancel must leave exactly 0. */
// @ts-ignore: decorator
@inline
function voteOf(k: i32, value: v128): v128 {
  return isWeighted ? f32x4.mul(weightOf(k), value) : value;
}

// @ts-ignore: decorator
@inline
export function votesAt(before: v128, i: u32, segment: i32, isWhole: bool): v128 {
  let votes = before;
  for (let k = 0; k < modelsOf; k++) {
    votes = f32x4.add(votes, voteOf(k, trimmed(k, i, segment, isWhole)));
  }
  return votes;
}

/** 1 or -1; where no vote is left, what the majority of the model elected. */
// @ts-ignore: decorator
@inline
export function elected(votes: v128): v128 {
  if (!isMajority) return signOfVotes(votes);
  const chosen = f32x4.splat(signOf(load<i32>(majorityAt)));
  return v128.bitselect(chosen, signOfVotes(votes), f32x4.eq(votes, f32x4.splat(0)));
}

/** 1 or -1; 1 where no vote is left. */
// @ts-ignore: decorator
@inline
export function signOfVotes(votes: v128): v128 {
  const isUp = f32x4.ge(votes, f32x4.splat(0));
  return v128.or(f32x4.splat(1), v128.andnot(i32x4.splat(0x80000000), isUp));
}

/** True where a majority decides for those that have no vote. */
export function asksMajority(): bool {
  return isMajority;
}

// @ts-ignore: decorator
@inline
function signOf(value: i32): f32 {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

// @ts-ignore: decorator
@inline
export function agreeing(vote: v128, chosen: v128): v128 {
  return f32x4.gt(f32x4.mul(vote, chosen), f32x4.splat(0));
}

/** Adds the values that agree with `chosen` to `sums` and `divisors`. */
// @ts-ignore: decorator
@inline
export function collectAt(chosen: v128, i: u32, segment: i32, isWhole: bool): void {
  for (let k = 0; k < modelsOf; k++) {
    const value = trimmed(k, i, segment, isWhole);
    const agrees = f32x4.gt(f32x4.mul(voteOf(k, value), chosen), f32x4.splat(0));
    const share = v128.and(f32x4.mul(weightOf(k), value), agrees);
    if (combineOf === MAX) {
      const largest = f32x4.max(f32x4.abs(sums), f32x4.abs(share));
      sums = v128.bitselect(f32x4.mul(chosen, largest), sums, agrees);
      continue;
    }
    sums = f32x4.add(sums, share);
    const unit = combineOf === MEAN ? weightOf(k) : f32x4.splat(1);
    divisors = f32x4.add(divisors, v128.and(unit, agrees));
  }
}

// @ts-ignore: decorator
@inline
export function combined(sum: v128, divisor: v128, combine: i32, totalModels: i32): v128 {
  if (combine !== MEAN && combine !== MEAN_IF_ALL) return sum;
  const wanted = f32x4.splat(combine === MEAN ? <f32>0 : <f32>totalModels);
  const isWanted = f32x4.eq(divisor, wanted);
  const isDivided = combine === MEAN ? v128.not(isWanted) : isWanted;
  return v128.bitselect(f32x4.div(sum, divisor), sum, isDivided);
}

// @ts-ignore: decorator
@inline
export function setSums(sum: v128, divisor: v128): void {
  sums = sum;
  divisors = divisor;
}

// @ts-ignore: decorator
@inline
export function collectedSums(): v128 {
  return sums;
}

// @ts-ignore: decorator
@inline
export function collectedDivisors(): v128 {
  return divisors;
}

/** Address of the net number of positive elections, the word behind the cuts. */
// @ts-ignore: decorator
@inline
export function majorityWord(): usize {
  return majorityAt;
}
