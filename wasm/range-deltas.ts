import { addNoted, valuesAt } from './range-noted';
import { madd } from './simd';

/** Of one model in `records`, as bytes: see RECORD_WORDS in src/merge/recorded/fused-deltas.ts. */
const RECORD_BYTES: usize = 32;

/** What stays of the task vectors of one block: keys above the first number and not above the second. */
let above0: i32 = 0;
let above1: i32 = 0;
let above2: i32 = 0;
let above3: i32 = 0;
let beyond0: i32 = 0;
let beyond1: i32 = 0;
let beyond2: i32 = 0;
let beyond3: i32 = 0;

/**
 * result = base + Σ cₖ sₖ δₖ of up to four models, of whose task vectors δₖ = model - base only what
 * has a bit (`hasBits`), or lies between two cuts, is there: `linear_combination` of each,
 * `range_keep_noted` or `sparse_keep_band`, `sparse_scale_tensors` and the `linear_combination` of all,
 * with their operations in their order and no number in between written down.
 *
 * A record of 8 words a model: coefficient and scale (f32), the cut whose elements stay (key, last
 * place at it), the cut whose elements go.
 */
export function range_add_deltas(
  result: usize,
  base: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  bits0: usize,
  bits1: usize,
  bits2: usize,
  bits3: usize,
  records: usize,
  models: i32,
  hasBits: i32,
  count: i32,
  first: u32,
  within: u32,
): void {
  addDeltas(false, result, base, m0, m1, m2, m3, bits0, bits1, bits2, bits3, records, models, hasBits, count, first, within);
}

/** The same of bytes of bfloat16 numbers, which become blocks nowhere; the result is a block. */
export function range_add_deltas_bf16(
  result: usize,
  base: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  bits0: usize,
  bits1: usize,
  bits2: usize,
  bits3: usize,
  records: usize,
  models: i32,
  hasBits: i32,
  count: i32,
  first: u32,
  within: u32,
): void {
  addDeltas(true, result, base, m0, m1, m2, m3, bits0, bits1, bits2, bits3, records, models, hasBits, count, first, within);
}

// @ts-ignore: decorator
@inline
function addDeltas(
  isRaw: bool,
  result: usize,
  base: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  bits0: usize,
  bits1: usize,
  bits2: usize,
  bits3: usize,
  records: usize,
  models: i32,
  hasBits: i32,
  count: i32,
  first: u32,
  within: u32,
): void {
  if (count === 0) return;
  const word = <usize>(within >> 5) << 2;
  if (hasBits === 1) {
    const b0 = bits0 + word;
    const b1 = bits1 + word;
    const b2 = bits2 + word;
    const b3 = bits3 + word;
    if (models === 1) addNoted(1, isRaw, result, base, m0, m1, m2, m3, b0, b1, b2, b3, records, count);
    else if (models === 2) addNoted(2, isRaw, result, base, m0, m1, m2, m3, b0, b1, b2, b3, records, count);
    else if (models === 3) addNoted(3, isRaw, result, base, m0, m1, m2, m3, b0, b1, b2, b3, records, count);
    else addNoted(4, isRaw, result, base, m0, m1, m2, m3, b0, b1, b2, b3, records, count);
    return;
  }
  if (hasEvenCuts(records, models, first, first + count)) {
    if (models === 1) addBands(1, true, isRaw, result, base, m0, m1, m2, m3, records, count, first);
    else if (models === 2) addBands(2, true, isRaw, result, base, m0, m1, m2, m3, records, count, first);
    else if (models === 3) addBands(3, true, isRaw, result, base, m0, m1, m2, m3, records, count, first);
    else addBands(4, true, isRaw, result, base, m0, m1, m2, m3, records, count, first);
    return;
  }
  if (models === 1) addBands(1, false, isRaw, result, base, m0, m1, m2, m3, records, count, first);
  else if (models === 2) addBands(2, false, isRaw, result, base, m0, m1, m2, m3, records, count, first);
  else if (models === 3) addBands(3, false, isRaw, result, base, m0, m1, m2, m3, records, count, first);
  else addBands(4, false, isRaw, result, base, m0, m1, m2, m3, records, count, first);
}

/** True where each cut selects all or none of those elements of a block that are at its key. */
function hasEvenCuts(records: usize, models: i32, first: u32, end: u32): bool {
  for (let k = 0; k < models; k++) {
    const record = records + <usize>k * RECORD_BYTES;
    const lastIn = load<u32>(record, 12);
    const lastOut = load<u32>(record, 20);
    if (lastIn >= first && lastIn < end - 1) return false;
    if (lastOut >= first && lastOut < end - 1) return false;
    const above = leastOf(load<u32>(record, 8), lastIn, first) - 1;
    const beyond = leastOf(load<u32>(record, 16), lastOut, first) - 1;
    if (k === 0) {
      above0 = above;
      beyond0 = beyond;
    } else if (k === 1) {
      above1 = above;
      beyond1 = beyond;
    } else if (k === 2) {
      above2 = above;
      beyond2 = beyond;
    } else {
      above3 = above;
      beyond3 = beyond;
    }
  }
  return true;
}

/** The smallest key that an even cut selects; keys are below 2³¹, which selects none. */
// @ts-ignore: decorator
@inline
function leastOf(key: u32, last: u32, first: u32): i32 {
  return key > 0x7fffffff ? <i32>0x80000000 : <i32>key + <i32>(last < first);
}

// @ts-ignore: decorator
@inline
function addBands(
  models: i32,
  isEven: bool,
  isRaw: bool,
  result: usize,
  base: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  records: usize,
  count: i32,
  first: u32,
): void {
  const a0 = i32x4.splat(above0);
  const a1 = i32x4.splat(above1);
  const a2 = i32x4.splat(above2);
  const a3 = i32x4.splat(above3);
  const g0 = i32x4.splat(beyond0);
  const g1 = i32x4.splat(beyond1);
  const g2 = i32x4.splat(beyond2);
  const g3 = i32x4.splat(beyond3);
  const c0 = v128.load32_splat(records);
  const s0 = v128.load32_splat(records, 4);
  const c1 = v128.load32_splat(records, 32);
  const s1 = v128.load32_splat(records, 36);
  const c2 = v128.load32_splat(records, 64);
  const s2 = v128.load32_splat(records, 68);
  const c3 = v128.load32_splat(records, 96);
  const s3 = v128.load32_splat(records, 100);
  const end = <usize>(count + 3) >> 2 << 4;
  let at: usize = 0;
  let place = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  do {
    const origin = valuesAt(isRaw, base, at);
    const d0 = f32x4.sub(valuesAt(isRaw, m0, at), origin);
    const k0 = isEven ? between(d0, a0, g0) : selected(d0, place, records);
    let sum = f32x4.mul(c0, f32x4.mul(v128.and(d0, k0), s0));
    if (models > 1) {
      const d1 = f32x4.sub(valuesAt(isRaw, m1, at), origin);
      const k1 = isEven ? between(d1, a1, g1) : selected(d1, place, records + RECORD_BYTES);
      sum = madd(c1, f32x4.mul(v128.and(d1, k1), s1), sum);
    }
    if (models > 2) {
      const d2 = f32x4.sub(valuesAt(isRaw, m2, at), origin);
      const k2 = isEven ? between(d2, a2, g2) : selected(d2, place, records + 2 * RECORD_BYTES);
      sum = madd(c2, f32x4.mul(v128.and(d2, k2), s2), sum);
    }
    if (models > 3) {
      const d3 = f32x4.sub(valuesAt(isRaw, m3, at), origin);
      const k3 = isEven ? between(d3, a3, g3) : selected(d3, place, records + 3 * RECORD_BYTES);
      sum = madd(c3, f32x4.mul(v128.and(d3, k3), s3), sum);
    }
    v128.store(result + at, f32x4.add(sum, origin));
    if (!isEven) place = i32x4.add(place, i32x4.splat(4));
    at += 16;
  } while (at < end);
}

// @ts-ignore: decorator
@inline
function between(delta: v128, above: v128, beyond: v128): v128 {
  const keys = v128.and(delta, i32x4.splat(0x7fffffff));
  return v128.andnot(i32x4.gt_s(keys, above), i32x4.gt_s(keys, beyond));
}

// @ts-ignore: decorator
@inline
function selected(delta: v128, place: v128, record: usize): v128 {
  const keys = v128.and(delta, i32x4.splat(0x7fffffff));
  const isIn = isSelected(keys, place, record + 8);
  return v128.andnot(isIn, isSelected(keys, place, record + 16));
}

// @ts-ignore: decorator
@inline
function isSelected(keys: v128, place: v128, cut: usize): v128 {
  const key = v128.load32_splat(cut);
  const isAtCut = v128.and(i32x4.eq(keys, key), i32x4.le_u(place, v128.load32_splat(cut, 4)));
  return v128.or(i32x4.gt_u(keys, key), isAtCut);
}
