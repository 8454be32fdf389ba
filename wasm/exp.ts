import { madd } from './simd';

/**
 * The constants of `exp4`. Browsers build a vector constant anew wherever it stands, in the
 * innermost loop too, and the optimizer puts known values back there; a value that depends on the
 * memory's size stays in its global and is one load. Measured: half the time of a loop over `exp4`.
 */
const ONE: f32 = memory.size() > 0 ? 1 : 0;
const HIGHEST = f32x4.splat(89 * ONE);
const LOWEST = f32x4.splat(-87 * ONE);
const LOG2_E = f32x4.splat(1.44269504088896341 * ONE);
/** ln 2 in two parts; n times the first is exact. */
const LN2_HIGH = f32x4.splat(-0.693359375 * ONE);
const LN2_LOW = f32x4.splat(2.1219444e-4 * ONE);
/** 1.5 * 2^23 rounds what is added to an integer; 126 biases it to the exponent of 2^(n - 1). */
const ROUNDER = f32x4.splat(12583038 * ONE);
const TWO = f32x4.splat(2 * ONE);
/** Twice the polynomial of e^r, so that the power of two needs no exponent above 127. */
const P2 = f32x4.splat(0.99999988079 * ONE);
const P3 = f32x4.splat(0.33333042264 * ONE);
const P4 = f32x4.splat(0.08333677799 * ONE);
const P5 = f32x4.splat(0.01673743874 * ONE);
const P6 = f32x4.splat(0.00276291883 * ONE);

/**
 * e^x in four lanes: e^x = 2^n e^r with n the integer next to x / ln 2, e^r by a polynomial.
 * NaN gives NaN, 0 gives 1 exactly; below -86.99 (where e^x < 2^-125) the result is 0, above
 * 88.73 infinity.
 * @numeric relative error below 1.2e-7
 * @source  range reduction of Cephes expf (Moshier); coefficients fitted for the least largest
 *          relative error on |r| <= ln 2 / 2 (3.1e-9 before rounding)
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmin and pmax with x first hand a NaN through.
  const bounded = f32x4.pmax(f32x4.pmin(x, HIGHEST), LOWEST);
  const shifted = madd(bounded, LOG2_E, ROUNDER);
  const n = f32x4.sub(shifted, ROUNDER);
  const r = madd(n, LN2_LOW, madd(n, LN2_HIGH, bounded));
  let p = madd(P6, r, P5);
  p = madd(p, r, P4);
  p = madd(p, r, P3);
  p = madd(p, r, P2);
  p = madd(p, r, TWO);
  p = madd(p, r, TWO);
  // The low bits of `shifted` are n + 126: as an exponent 2^(n - 1), and 0 for n = -126.
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

/** e^x of one number, the same bits as a lane of `exp4`. */
// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}
