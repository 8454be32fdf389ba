/**
 * Adds ⟨a − o, b − o⟩ of a block to one f64 number, or ⟨a, b⟩ where `relative` is 0. Everything is
 * computed in f64 without fused multiply-add: eight partial sums, added in a fixed order.
 */
export function range_gram(
  sum: usize,
  a: usize,
  b: usize,
  origin: usize,
  relative: i32,
  count: i32,
): void {
  const vectors = a + ((<usize>count & ~7) << 2);
  const end = a + (<usize>count << 2);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  while (a < vectors) {
    const a0 = v128.load(a);
    const a1 = v128.load(a, 16);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    if (relative === 0) {
      s0 = f64x2.add(s0, f64x2.mul(low(a0), low(b0)));
      s1 = f64x2.add(s1, f64x2.mul(high(a0), high(b0)));
      s2 = f64x2.add(s2, f64x2.mul(low(a1), low(b1)));
      s3 = f64x2.add(s3, f64x2.mul(high(a1), high(b1)));
    } else {
      const o0 = v128.load(origin);
      const o1 = v128.load(origin, 16);
      s0 = f64x2.add(s0, product(low(a0), low(b0), low(o0)));
      s1 = f64x2.add(s1, product(high(a0), high(b0), high(o0)));
      s2 = f64x2.add(s2, product(low(a1), low(b1), low(o1)));
      s3 = f64x2.add(s3, product(high(a1), high(b1), high(o1)));
      origin += 32;
    }
    a += 32;
    b += 32;
  }
  const pairs = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  while (a < end) {
    const zero = relative === 0 ? 0 : <f64>load<f32>(origin);
    total += (<f64>load<f32>(a) - zero) * (<f64>load<f32>(b) - zero);
    a += 4;
    b += 4;
    if (relative !== 0) origin += 4;
  }
  store<f64>(sum, load<f64>(sum) + total);
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

// @ts-ignore: decorator
@inline
function product(a: v128, b: v128, o: v128): v128 {
  return f64x2.mul(f64x2.sub(a, o), f64x2.sub(b, o));
}
