import { madd } from './simd';

/* The part of range-deltas.ts that is told by bits what stays. */

/** Four numbers, `at` bytes behind the first of a block of f32. */
// @ts-ignore: decorator
@inline
export function valuesAt(isRaw: bool, first: usize, at: usize): v128 {
  if (isRaw) return i32x4.shl(v128.load_ext<u16>(first + (at >> 1)), 16);
  return v128.load(first + at);
}

// @ts-ignore: decorator
@inline
export function addNoted(
  models: i32,
  isRaw: bool,
  result: usize,
  base: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  records: usize,
  count: i32,
): void {
  const places = i32x4(1, 2, 4, 8);
  const c0 = v128.load32_splat(records);
  const s0 = v128.load32_splat(records, 4);
  const c1 = v128.load32_splat(records, 32);
  const s1 = v128.load32_splat(records, 36);
  const c2 = v128.load32_splat(records, 64);
  const s2 = v128.load32_splat(records, 68);
  const c3 = v128.load32_splat(records, 96);
  const s3 = v128.load32_splat(records, 100);
  let left = (count + 3) >> 2;
  let at: usize = 0;
  do {
    let w0 = v128.load32_splat(b0);
    let w1 = models > 1 ? v128.load32_splat(b1) : w0;
    let w2 = models > 2 ? v128.load32_splat(b2) : w0;
    let w3 = models > 3 ? v128.load32_splat(b3) : w0;
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
    let vectors = min<i32>(8, left);
    left -= vectors;
    do {
      const origin = valuesAt(isRaw, base, at);
      let sum = f32x4.mul(c0, noted(valuesAt(isRaw, m0, at), origin, w0, places, s0));
      w0 = i32x4.shr_u(w0, 4);
      if (models > 1) {
        sum = madd(c1, noted(valuesAt(isRaw, m1, at), origin, w1, places, s1), sum);
        w1 = i32x4.shr_u(w1, 4);
      }
      if (models > 2) {
        sum = madd(c2, noted(valuesAt(isRaw, m2, at), origin, w2, places, s2), sum);
        w2 = i32x4.shr_u(w2, 4);
      }
      if (models > 3) {
        sum = madd(c3, noted(valuesAt(isRaw, m3, at), origin, w3, places, s3), sum);
        w3 = i32x4.shr_u(w3, 4);
      }
      v128.store(result + at, f32x4.add(sum, origin));
      at += 16;
    } while (--vectors !== 0);
  } while (left !== 0);
}

// @ts-ignore: decorator
@inline
function noted(model: v128, origin: v128, word: v128, places: v128, scale: v128): v128 {
  const delta = f32x4.sub(model, origin);
  const isKept = i32x4.eq(v128.and(word, places), places);
  return f32x4.mul(v128.and(delta, isKept), scale);
}
