import { bytesOf, shareStart } from './share';
import { max4 } from './simd';

/** f32 a block in `sums`, as bytes: see SUM_WORDS in src/merge/sparse/delta-kernels.ts. */
const SUM_BYTES: usize = 16;

/** `sparse_sum_sizes`: `sparse_sum_blocks` of which the first word alone is wanted. */
export function sparse_sum_sizes(
  delta: usize,
  blocks: usize,
  _tensors: usize,
  _cuts: usize,
  _probabilities: usize,
  _mask: usize,
  _scales: usize,
  sums: usize,
  blockCount: i32,
  _segmentCount: i32,
  _model: i32,
  _seed: i32,
  _perElement: i32,
  _hasMask: i32,
  _divides: i32,
  _outer: i32,
  _inner: i32,
  _isStrict: i32,
  firstSum: i32,
  _probability: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  let b = shareStart(blockCount, part, parts);
  for (; b + 4 <= last; b += 4) {
    sizeFour(delta, blocks + bytesOf(3 * b), sums + <usize>(firstSum + b) * SUM_BYTES);
  }
  for (; b < last; b++) {
    finishSize(delta, blocks + bytesOf(3 * b), sums + <usize>(firstSum + b) * SUM_BYTES, 0, 0);
  }
}

/** `sumFour` without the squares. */
function sizeFour(delta: usize, block: usize, sums: usize): void {
  const length = shortest(block);
  let at0 = delta + (<usize>load<u32>(block) << 2);
  let at1 = delta + (<usize>load<u32>(block, 12) << 2);
  let at2 = delta + (<usize>load<u32>(block, 24) << 2);
  let at3 = delta + (<usize>load<u32>(block, 36) << 2);
  let sizes01 = f64x2.splat(0);
  let sizes23 = f64x2.splat(0);
  let left = length;
  if (left !== 0) do {
    sizes01 = addedSizes(sizes01, sizesAt(at0), sizesAt(at1));
    sizes23 = addedSizes(sizes23, sizesAt(at2), sizesAt(at3));
    at0 += 16;
    at1 += 16;
    at2 += 16;
    at3 += 16;
    left -= 4;
  } while (left !== 0);
  finishSize(delta, block, sums, f64x2.extract_lane(sizes01, 0), length);
  finishSize(delta, block + 12, sums + SUM_BYTES, f64x2.extract_lane(sizes01, 1), length);
  finishSize(delta, block + 24, sums + 2 * SUM_BYTES, f64x2.extract_lane(sizes23, 0), length);
  finishSize(delta, block + 36, sums + 3 * SUM_BYTES, f64x2.extract_lane(sizes23, 1), length);
}

function finishSize(delta: usize, block: usize, own: usize, before: f64, done: u32): void {
  const end = load<u32>(block, 4);
  let size = before;
  for (let i = load<u32>(block) + done; i < end; i++) {
    size += <f64>abs(load<f32>(delta + (<usize>i << 2)));
  }
  store<f32>(own, <f32>size);
}

/** Sizes of four elements of each of two blocks, added in their order to two sums in one vector. */
// @ts-ignore: decorator
@inline
export function addedSizes(sums: v128, x: v128, y: v128): v128 {
  const low = v128.shuffle<i32>(x, y, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(x, y, 2, 6, 3, 7);
  const c = f64x2.promote_low_f32x4(high);
  return added(sums, f64x2.promote_low_f32x4(low), upper(low), c, upper(high));
}

/** `sparse_sum_blocks`: shares of blocks. Sums in float64, elements in order, as the twin adds. */
export function sparse_sum_blocks(
  delta: usize,
  blocks: usize,
  _tensors: usize,
  _cuts: usize,
  _probabilities: usize,
  _mask: usize,
  _scales: usize,
  sums: usize,
  blockCount: i32,
  _segmentCount: i32,
  _model: i32,
  _seed: i32,
  _perElement: i32,
  _hasMask: i32,
  _divides: i32,
  _outer: i32,
  _inner: i32,
  _isStrict: i32,
  firstSum: i32,
  _probability: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  let b = shareStart(blockCount, part, parts);
  for (; b + 4 <= last; b += 4) {
    const length = shortest(blocks + bytesOf(3 * b));
    sumFour(delta, blocks + bytesOf(3 * b), sums + <usize>(firstSum + b) * SUM_BYTES, length);
  }
  for (; b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const nothing = f64x2.splat(0);
    finishSum(delta, block, sums + <usize>(firstSum + b) * SUM_BYTES, nothing, 0);
  }
}

/** Elements that four blocks have at least, in whole vectors. */
// @ts-ignore: decorator
@inline
function shortest(block: usize): u32 {
  let least: u32 = 0xffffffff;
  for (let k = 0; k < 4; k++) {
    least = min<u32>(least, load<u32>(block, 4) - load<u32>(block));
    block += 12;
  }
  return least & ~3;
}

/**
 * Four blocks side by side, two in a vector: each waits for its own additions alone, which stay in
 * the order of its elements.
 */
function sumFour(delta: usize, block: usize, sums: usize, length: u32): void {
  let at0 = delta + (<usize>load<u32>(block) << 2);
  let at1 = delta + (<usize>load<u32>(block, 12) << 2);
  let at2 = delta + (<usize>load<u32>(block, 24) << 2);
  let at3 = delta + (<usize>load<u32>(block, 36) << 2);
  let sizes01 = f64x2.splat(0);
  let sizes23 = f64x2.splat(0);
  let squares01 = f64x2.splat(0);
  let squares23 = f64x2.splat(0);
  let left = length;
  if (left !== 0) do {
    const x0 = sizesAt(at0);
    const x1 = sizesAt(at1);
    const x2 = sizesAt(at2);
    const x3 = sizesAt(at3);
    const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    const a01 = f64x2.promote_low_f32x4(low01);
    const a23 = f64x2.promote_low_f32x4(low23);
    const b01 = upper(low01);
    const b23 = upper(low23);
    const c01 = f64x2.promote_low_f32x4(high01);
    const c23 = f64x2.promote_low_f32x4(high23);
    const d01 = upper(high01);
    const d23 = upper(high23);
    sizes01 = added(sizes01, a01, b01, c01, d01);
    sizes23 = added(sizes23, a23, b23, c23, d23);
    squares01 = added(squares01, squared(a01), squared(b01), squared(c01), squared(d01));
    squares23 = added(squares23, squared(a23), squared(b23), squared(c23), squared(d23));
    at0 += 16;
    at1 += 16;
    at2 += 16;
    at3 += 16;
    left -= 4;
  } while (left !== 0);
  finishSum(delta, block, sums, v128.shuffle<i64>(sizes01, squares01, 0, 2), length);
  const own1 = v128.shuffle<i64>(sizes01, squares01, 1, 3);
  finishSum(delta, block + 12, sums + SUM_BYTES, own1, length);
  const own2 = v128.shuffle<i64>(sizes23, squares23, 0, 2);
  finishSum(delta, block + 24, sums + 2 * SUM_BYTES, own2, length);
  const own3 = v128.shuffle<i64>(sizes23, squares23, 1, 3);
  finishSum(delta, block + 36, sums + 3 * SUM_BYTES, own3, length);
}

/** Magnitudes, by a mask: `f32x4.abs` makes its own every time. */
// @ts-ignore: decorator
@inline
function sizesAt(at: usize): v128 {
  return v128.and(v128.load(at), i32x4.splat(0x7fffffff));
}

/** The upper two of four lanes. */
// @ts-ignore: decorator
@inline
function upper(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(values, values, 1, 0));
}

// @ts-ignore: decorator
@inline
function squared(value: v128): v128 {
  return f64x2.mul(value, value);
}

/** In this order. */
// @ts-ignore: decorator
@inline
function added(sum: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.add(f64x2.add(sum, a), b), c), d);
}

/** Size and square in one vector: two additions at the price of one. */
// @ts-ignore: decorator
@inline
function addBoth(both: v128, value: f32): v128 {
  const size = f64x2.splat(<f64>abs(value));
  return f64x2.add(both, f64x2.mul(size, f64x2.replace_lane(size, 0, 1)));
}

/** Adds what a block has from element `done` on, and looks for its largest and those not 0. */
function finishSum(delta: usize, block: usize, own: usize, before: v128, done: u32): void {
  const first = load<u32>(block);
  const end = load<u32>(block, 4);
  let both = before;
  for (let i = first + done; i < end; i++) {
    both = addBoth(both, load<f32>(delta + (<usize>i << 2)));
  }
  let largest = f32x4.splat(0);
  let count = i32x4.splat(0);
  let i = first;
  if (i + 4 <= end) do {
    const size = sizesAt(delta + (<usize>i << 2));
    largest = f32x4.pmax(largest, size);
    count = i32x4.sub(count, f32x4.gt(size, f32x4.splat(0)));
    i += 4;
  } while (i + 4 <= end);
  let most = max4(largest);
  let total = i32x4.extract_lane(count, 0) + i32x4.extract_lane(count, 1);
  total += i32x4.extract_lane(count, 2) + i32x4.extract_lane(count, 3);
  for (; i < end; i++) {
    const size = abs(load<f32>(delta + (<usize>i << 2)));
    most = max(most, size);
    total += <i32>(size > 0);
  }
  store<f32>(own, <f32>f64x2.extract_lane(both, 0));
  store<f32>(own, <f32>f64x2.extract_lane(both, 1), 4);
  store<f32>(own, most, 8);
  store<f32>(own, <f32>total, 12);
}
