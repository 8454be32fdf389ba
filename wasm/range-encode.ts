import { range_non_finite } from './range-decode';

/*
 * f32 blocks as bytes of a tensor, rounded to nearest even; `to` has any alignment. Each gives how
 * many values are NaN or infinite in the type that is written.
 */

/** The upper half; a NaN whose payload lies in the lower half must not round to infinity. */
export function range_encode_bf16(to: usize, from: usize, count: i32): i32 {
  const exponent = i16x8.splat(0x7f80);
  const vectors = from + ((<usize>count & ~7) << 2);
  const end = from + (<usize>count << 2);
  const start = to;
  let any = i64x2.splat(0);
  // Asks last: what stays the same is made before the loop then.
  if (from < vectors) do {
    const low = rounded4(v128.load(from));
    const high = rounded4(v128.load(from, 16));
    const halves = v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
    any = v128.or(any, i16x8.eq(v128.and(halves, exponent), exponent));
    v128.store(to, halves);
    from += 32;
    to += 16;
  } while (from < vectors);
  let bad = v128.any_true(any) ? badHalves(start, count & ~7, 0x7f80) : 0;
  while (from < end) {
    const half = i32x4.extract_lane(rounded4(i32x4.splat(load<i32>(from))), 0) >>> 16;
    store<u16>(to, <u16>half);
    bad += <i32>((half & 0x7f80) === 0x7f80);
    from += 4;
    to += 2;
  }
  return bad;
}

/** The upper halves are the bfloat16 bits. */
// @ts-ignore: decorator
@inline
function rounded4(bits: v128): v128 {
  const odd = v128.and(i32x4.shr_u(bits, 16), i32x4.splat(1));
  const rounded = i32x4.add(i32x4.add(bits, i32x4.splat(0x7fff)), odd);
  const quiet = v128.or(bits, i32x4.splat(0x400000));
  return v128.bitselect(quiet, rounded, f32x4.ne(bits, bits));
}

/**
 * binary16. Values below its smallest normal one are added to ½, whose last place is its smallest
 * subnormal: the sum's own rounding is the one that is wanted.
 */
export function range_encode_f16(to: usize, from: usize, count: i32): i32 {
  const vectors = from + ((<usize>count & ~7) << 2);
  const end = from + (<usize>count << 2);
  const exponent = i16x8.splat(0x7c00);
  const start = to;
  let any = i64x2.splat(0);
  while (from < vectors) {
    const low = halves4(v128.load(from));
    const high = halves4(v128.load(from, 16));
    const halves = v128.shuffle<i16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
    any = v128.or(any, i16x8.eq(v128.and(halves, exponent), exponent));
    v128.store(to, halves);
    from += 32;
    to += 16;
  }
  let bad = v128.any_true(any) ? badHalves(start, count & ~7, 0x7c00) : 0;
  while (from < end) {
    const half = i32x4.extract_lane(halves4(i32x4.splat(load<i32>(from))), 0);
    store<u16>(to, <u16>half);
    bad += <i32>((half & 0x7c00) === 0x7c00);
    from += 4;
    to += 2;
  }
  return bad;
}

/** The lower halves are the binary16 bits. */
// @ts-ignore: decorator
@inline
function halves4(bits: v128): v128 {
  const size = v128.and(bits, i32x4.splat(0x7fffffff));
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  // Exponent bias 127 becomes 15; rounding may carry into the exponent, which is then right too.
  const moved = i32x4.add(size, i32x4.splat(0xfff - 0x38000000));
  const normal = i32x4.shr_u(i32x4.add(moved, odd), 13);
  const half = i32x4.splat(0x3f000000);
  const small = i32x4.sub(f32x4.add(size, half), half);
  let result = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(0x38800000)));
  // From 65520 on the nearest binary16 is infinity.
  const isLarge = i32x4.ge_s(size, i32x4.splat(0x477ff000));
  result = v128.bitselect(i32x4.splat(0x7c00), result, isLarge);
  const isNaN = i32x4.gt_s(size, i32x4.splat(0x7f800000));
  result = v128.bitselect(i32x4.splat(0x7e00), result, isNaN);
  return v128.or(result, v128.and(i32x4.shr_u(bits, 16), i32x4.splat(0x8000)));
}

export function range_encode_f32(to: usize, from: usize, count: i32): i32 {
  memory.copy(to, from, <usize>count << 2);
  return range_non_finite(from, count);
}

function badHalves(at: usize, count: i32, exponent: u32): i32 {
  let bad = 0;
  const end = at + (<usize>count << 1);
  for (; at < end; at += 2) bad += <i32>((<u32>load<u16>(at) & exponent) === exponent);
  return bad;
}
