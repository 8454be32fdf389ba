import { bytesOf, shareStart } from './share';
import { threefry4 } from './threefry4';
import { load4 } from './ties-votes';

/** Words a segment in `tensors`, as bytes. */
const TENSOR_BYTES: usize = 16;
/** 2^-24: 24 random bits as a number in [0, 1). */
const UNIT: f32 = 5.9604644775390625e-8;

/** Four elements, or the first of them where a block ends. */
// @ts-ignore: decorator
@inline
function store4(address: usize, value: v128, isWhole: bool): void {
  if (isWhole) v128.store(address, value);
  else store<f32>(address, f32x4.extract_lane(value, 0));
}

// @ts-ignore: decorator
@inline
function drawn(
  delta: usize,
  i: u32,
  probability: v128,
  mask: usize,
  seed: u32,
  key: u32,
  first: u32,
  model: u32,
  hasMask: bool,
  divides: bool,
  isWhole: bool,
): void {
  const at = <usize>i << 2;
  const zero = f32x4.splat(0);
  let kept: v128;
  if (hasMask) {
    kept = f32x4.ne(load4(mask + at, isWhole), zero);
  } else {
    const bits = i32x4.shr_u(threefry4(seed, key, i - first, model), 8);
    kept = f32x4.lt(f32x4.mul(f32x4.convert_i32x4_s(bits), f32x4.splat(UNIT)), probability);
  }
  let value = load4(delta + at, isWhole);
  if (divides) {
    const divisor = v128.bitselect(probability, f32x4.splat(1), f32x4.gt(probability, zero));
    value = f32x4.div(value, divisor);
  }
  store4(delta + at, v128.and(value, kept), isWhole);
}

/**
 * Whole sixteens of elements with one probability, which is a bound of random bits then. Four chains
 * side by side, each of which waits for itself at every step; the loop asks last, so that what stays
 * the same is made before it.
 */
function drawMany(
  delta: usize,
  from: u32,
  to: u32,
  highest: i32,
  seed: u32,
  key: u32,
  count: u32,
  model: u32,
): void {
  const bound = i32x4.splat(highest);
  let at = delta + (<usize>from << 2);
  const end = delta + (<usize>to << 2);
  do {
    const bits0 = signed(threefry4(seed, key, count, model));
    const bits1 = signed(threefry4(seed, key, count + 4, model));
    const bits2 = signed(threefry4(seed, key, count + 8, model));
    const bits3 = signed(threefry4(seed, key, count + 12, model));
    v128.store(at, v128.andnot(v128.load(at), i32x4.gt_s(bits0, bound)));
    v128.store(at, v128.andnot(v128.load(at, 16), i32x4.gt_s(bits1, bound)), 16);
    v128.store(at, v128.andnot(v128.load(at, 32), i32x4.gt_s(bits2, bound)), 32);
    v128.store(at, v128.andnot(v128.load(at, 48), i32x4.gt_s(bits3, bound)), 48);
    count += 16;
    at += 64;
  } while (at < end);
}

/** Words without a sign in the order of those with one, which take one comparison. */
// @ts-ignore: decorator
@inline
function signed(bits: v128): v128 {
  return v128.xor(bits, i32x4.splat(0x80000000));
}

/** `sparse_drop_random`: shares of blocks. */
export function sparse_drop_random(
  delta: usize,
  blocks: usize,
  tensors: usize,
  _cuts: usize,
  probabilities: usize,
  mask: usize,
  _scales: usize,
  _sums: usize,
  blockCount: i32,
  _segmentCount: i32,
  model: i32,
  seed: i32,
  perElement: i32,
  hasMask: i32,
  divides: i32,
  _outer: i32,
  _inner: i32,
  _isStrict: i32,
  _firstSum: i32,
  probability: f32,
  part: i32,
  parts: i32,
): void {
  const common = f32x4.splat(probability);
  // 24 bits make a number below p where they are fewer than this; not of a NaN.
  const bound = ceil(<f64>probability * 16777216);
  const isChance = perElement !== 1 && hasMask !== 1 && bound >= 1 && bound <= 16777216;
  const highest = <i32>((<u32>bound << 8) - 1) ^ 0x80000000;
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const tensor = tensors + <usize>load<u32>(block, 8) * TENSOR_BYTES;
    const key = load<u32>(tensor);
    const first = load<u32>(tensor, 4);
    const end = load<u32>(block, 4);
    let i = load<u32>(block);
    if (isChance && divides !== 1 && i + 16 <= end) {
      const whole = i + ((end - i) & ~15);
      drawMany(delta, i, whole, highest, seed, key, i - first, model);
      i = whole;
    }
    for (; i + 4 <= end; i += 4) {
      const p = perElement === 1 ? v128.load(probabilities + (<usize>i << 2)) : common;
      drawn(delta, i, p, mask, seed, key, first, model, hasMask === 1, divides === 1, true);
    }
    for (; i < end; i++) {
      const p = perElement === 1 ? v128.load32_splat(probabilities + (<usize>i << 2)) : common;
      drawn(delta, i, p, mask, seed, key, first, model, hasMask === 1, divides === 1, false);
    }
  }
}

/** Lanes that a cut (threshold key, last index kept at it) selects. */
// @ts-ignore: decorator
@inline
function selected(keys: v128, i: u32, cut: usize, isStrict: bool): v128 {
  const threshold = v128.load32_splat(cut);
  const above = i32x4.gt_u(keys, threshold);
  if (isStrict) return above;
  const indices = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
  const isBefore = i32x4.le_u(indices, v128.load32_splat(cut, 4));
  return v128.or(above, v128.and(i32x4.eq(keys, threshold), isBefore));
}

// @ts-ignore: decorator
@inline
function banded(delta: usize, i: u32, outer: usize, inner: usize, isStrict: bool, isWhole: bool): void {
  const at = <usize>i << 2;
  const value = load4(delta + at, isWhole);
  const keys = v128.and(value, i32x4.splat(0x7fffffff));
  const isInside = v128.andnot(selected(keys, i, outer, isStrict), selected(keys, i, inner, isStrict));
  store4(delta + at, v128.and(value, isInside), isWhole);
}

/** True where a cut selects all or none of those elements of a block that are at its threshold. */
// @ts-ignore: decorator
@inline
function isEven(cut: usize, isStrict: i32, first: u32, end: u32): bool {
  const limit = load<u32>(cut, 4);
  return isStrict === 1 || limit < first || limit >= end - 1;
}

/** The smallest key that a cut selects then, without a sign as keys are: 2³¹ for none. */
// @ts-ignore: decorator
@inline
function leastOf(cut: usize, isStrict: i32, first: u32): u32 {
  const threshold = load<u32>(cut);
  if (threshold > 0x7fffffff) return 0x80000000;
  return threshold + <u32>(isStrict === 1 || load<u32>(cut, 4) < first);
}

/** `banded` of whole vectors, at least one: two comparisons with keys that have no sign bit. */
function keepBetween(delta: usize, from: u32, to: u32, outer: u32, inner: u32): void {
  // Keys above these; none is above the largest, and all are above -1.
  const above = i32x4.splat(<i32>(outer - 1));
  const beyond = i32x4.splat(<i32>(inner - 1));
  let at = delta + (<usize>from << 2);
  const end = delta + (<usize>to << 2);
  do {
    const value = v128.load(at);
    const keys = v128.and(value, i32x4.splat(0x7fffffff));
    const isInside = v128.andnot(i32x4.gt_s(keys, above), i32x4.gt_s(keys, beyond));
    v128.store(at, v128.and(value, isInside));
    at += 16;
  } while (at < end);
}

/** `sparse_keep_band`: shares of blocks. */
export function sparse_keep_band(
  delta: usize,
  blocks: usize,
  _tensors: usize,
  cuts: usize,
  _probabilities: usize,
  _mask: usize,
  _scales: usize,
  _sums: usize,
  blockCount: i32,
  _segmentCount: i32,
  _model: i32,
  _seed: i32,
  _perElement: i32,
  _hasMask: i32,
  _divides: i32,
  outer: i32,
  inner: i32,
  isStrict: i32,
  _firstSum: i32,
  _probability: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const segment = load<i32>(block, 8);
    const outerCut = cuts + (<usize>(outer + segment) << 4);
    const innerCut = cuts + (<usize>(inner + segment) << 4);
    const end = load<u32>(block, 4);
    let i = load<u32>(block);
    if (i + 4 <= end && isEven(outerCut, isStrict, i, end) && isEven(innerCut, isStrict, i, end)) {
      const whole = i + ((end - i) & ~3);
      keepBetween(delta, i, whole, leastOf(outerCut, isStrict, i), leastOf(innerCut, isStrict, i));
      i = whole;
    }
    for (; i + 4 <= end; i += 4) banded(delta, i, outerCut, innerCut, isStrict === 1, true);
    for (; i < end; i++) banded(delta, i, outerCut, innerCut, isStrict === 1, false);
  }
}

/** `sparse_scale_tensors`: shares of blocks. */
export function sparse_scale_tensors(
  delta: usize,
  blocks: usize,
  _tensors: usize,
  _cuts: usize,
  _probabilities: usize,
  _mask: usize,
  scales: usize,
  _sums: usize,
  blockCount: i32,
  segmentCount: i32,
  model: i32,
  _seed: i32,
  _perElement: i32,
  _hasMask: i32,
  _divides: i32,
  _outer: i32,
  _inner: i32,
  _isStrict: i32,
  _firstSum: i32,
  _probability: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const scale = v128.load32_splat(scales + bytesOf(model * segmentCount + load<i32>(block, 8)));
    const end = load<u32>(block, 4);
    let i = load<u32>(block);
    for (; i + 4 <= end; i += 4) {
      const at = delta + (<usize>i << 2);
      v128.store(at, f32x4.mul(v128.load(at), scale));
    }
    for (; i < end; i++) {
      const at = delta + (<usize>i << 2);
      store<f32>(at, load<f32>(at) * f32x4.extract_lane(scale, 0));
    }
  }
}
