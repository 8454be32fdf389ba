/*
 * Bytes of a tensor as f32 blocks. `from` has any alignment, `to` lies in a block of its own. Each
 * gives how many values are NaN or infinite; vectors only ask whether there are any, and the rare
 * block that has some is counted once more.
 */

const INFINITE: i32 = 0x7f800000;

export function range_decode_bf16(to: usize, from: usize, count: i32): i32 {
  const exponent = i16x8.splat(0x7f80);
  const nothing = i64x2.splat(0);
  const vectors = to + ((<usize>count & ~7) << 2);
  const end = to + (<usize>count << 2);
  const start = to;
  let any = nothing;
  while (to < vectors) {
    const halves = v128.load(from);
    any = v128.or(any, i16x8.eq(v128.and(halves, exponent), exponent));
    v128.store(to, v128.shuffle<i16>(nothing, halves, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(nothing, halves, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    from += 16;
    to += 32;
  }
  let bad = v128.any_true(any) ? range_non_finite(start, count & ~7) : 0;
  while (to < end) {
    const bits = <u32>load<u16>(from) << 16;
    store<u32>(to, bits);
    bad += isNonFinite(bits);
    from += 2;
    to += 4;
  }
  return bad;
}

/**
 * binary16: exponent and mantissa moved to their place in f32, then scaled by 2¹¹², which is exact
 * and right for subnormal values, too; infinities and NaN get their exponent by hand.
 */
export function range_decode_f16(to: usize, from: usize, count: i32): i32 {
  const magnitude = i32x4.splat(0x7fff);
  const last = i32x4.splat(0x7bff);
  const infinite = i32x4.splat(INFINITE);
  const scale = f32x4.splat(reinterpret<f32>(0x77800000));
  const sign = i32x4.splat(0x8000);
  const vectors = to + ((<usize>count & ~3) << 2);
  const end = to + (<usize>count << 2);
  const start = to;
  let any = i64x2.splat(0);
  while (to < vectors) {
    const halves = v128.load_ext<u16>(from);
    const size = v128.and(halves, magnitude);
    const isBad = i32x4.gt_s(size, last);
    any = v128.or(any, isBad);
    const value = f32x4.mul(i32x4.shl(size, 13), scale);
    const bits = v128.or(value, v128.and(isBad, infinite));
    v128.store(to, v128.or(bits, i32x4.shl(v128.and(halves, sign), 16)));
    from += 8;
    to += 16;
  }
  let bad = v128.any_true(any) ? range_non_finite(start, count & ~3) : 0;
  while (to < end) {
    const half = <u32>load<u16>(from);
    const size = half & 0x7fff;
    const value = reinterpret<f32>(size << 13) * reinterpret<f32>(0x77800000);
    let bits = reinterpret<u32>(value);
    if (size > 0x7bff) bits |= INFINITE;
    bits |= (half & 0x8000) << 16;
    store<u32>(to, bits);
    bad += isNonFinite(bits);
    from += 2;
    to += 4;
  }
  return bad;
}

export function range_decode_f32(to: usize, from: usize, count: i32): i32 {
  memory.copy(to, from, <usize>count << 2);
  return range_non_finite(to, count);
}

/** How many f32 values are NaN or infinite. */
export function range_non_finite(at: usize, count: i32): i32 {
  const infinite = i32x4.splat(INFINITE);
  const vectors = at + ((<usize>count & ~3) << 2);
  const end = at + (<usize>count << 2);
  let found = i64x2.splat(0);
  for (; at < vectors; at += 16) {
    const exponents = v128.and(v128.load(at), infinite);
    found = i32x4.sub(found, i32x4.eq(exponents, infinite));
  }
  let bad =
    i32x4.extract_lane(found, 0) +
    i32x4.extract_lane(found, 1) +
    i32x4.extract_lane(found, 2) +
    i32x4.extract_lane(found, 3);
  for (; at < end; at += 4) bad += isNonFinite(load<u32>(at));
  return bad;
}

// @ts-ignore: decorator
@inline
function isNonFinite(bits: u32): i32 {
  return <i32>((bits & INFINITE) === INFINITE);
}
