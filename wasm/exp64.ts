/*
 * Exponentials and logarithms in float64 for kernels whose twins use those of JavaScript: without
 * tables, in an order that no engine changes.
 */

const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts; n times the first is exact. */
const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/**
 * e^x: 2^n e^r with n the integer next to x / ln 2 and e^r by its series. Below -708 it is 0.
 * @numeric relative error below 2e-15 for |x| <= 700
 */
export function exp64(x: f64): f64 {
  if (x > 709) return Infinity;
  if (x < -708) return 0;
  const n = nearest(x * LOG2_E);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  return reinterpret<f64>((<i64>n + 1023) << 52) * (1 + series(r));
}

/** e^x - 1, also next to 0. @numeric relative error below 4e-15 for |x| <= 700 */
export function expm1_64(x: f64): f64 {
  return abs(x) < 0.35 ? series(x) : exp64(x) - 1;
}

/** e^r - 1 for |r| <= 0.35. */
// @ts-ignore: decorator
@inline
function series(r: f64): f64 {
  let sum: f64 = 1.0 / 87178291200;
  sum = sum * r + 1.0 / 6227020800;
  sum = sum * r + 1.0 / 479001600;
  sum = sum * r + 1.0 / 39916800;
  sum = sum * r + 1.0 / 3628800;
  sum = sum * r + 1.0 / 362880;
  sum = sum * r + 1.0 / 40320;
  sum = sum * r + 1.0 / 5040;
  sum = sum * r + 1.0 / 720;
  sum = sum * r + 1.0 / 120;
  sum = sum * r + 1.0 / 24;
  sum = sum * r + 1.0 / 6;
  sum = sum * r + 1.0 / 2;
  sum = sum * r + 1;
  return sum * r;
}

/** tanh x, also next to 0. @numeric relative error below 1e-14 */
export function tanh64(x: f64): f64 {
  const e = expm1_64(-2 * abs(x));
  return copysign<f64>(-e / (2 + e), x);
}

/**
 * ln x of a positive normal number: x = 2^n m with m next to 1, ln m = 2 artanh(s), s = (m - 1) / (m + 1).
 * @numeric |y - exact| <= 1e-15 (1 + |y|)
 */
export function log64(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  // Moves the range of m from [1, 2) to [sqrt 0.5, sqrt 2): s stays below 0.172.
  const shifted = bits + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  const n = <f64>(<i64>(shifted >> 52) - 1023);
  const m = reinterpret<f64>((shifted & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let sum: f64 = 1.0 / 21;
  sum = sum * t + 1.0 / 19;
  sum = sum * t + 1.0 / 17;
  sum = sum * t + 1.0 / 15;
  sum = sum * t + 1.0 / 13;
  sum = sum * t + 1.0 / 11;
  sum = sum * t + 1.0 / 9;
  sum = sum * t + 1.0 / 7;
  sum = sum * t + 1.0 / 5;
  sum = sum * t + 1.0 / 3;
  sum = sum * t + 1;
  return n * 0.6931471805599453 + 2 * s * sum;
}
