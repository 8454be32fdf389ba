/** One rotation of Threefry on four counters at once. */
// @ts-ignore: decorator
@inline
function mix(x0: v128, x1: v128, rotation: i32): v128 {
  const turned = v128.or(i32x4.shl(x1, rotation), i32x4.shr_u(x1, 32 - rotation));
  return v128.xor(turned, x0);
}

/** The same by whole bytes, which is one instruction: a shuffle makes its table every time. */
// @ts-ignore: decorator
@inline
function mix16(x0: v128, x1: v128): v128 {
  return v128.xor(i8x16.swizzle(x1, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)), x0);
}

// @ts-ignore: decorator
@inline
function mix24(x0: v128, x1: v128): v128 {
  return v128.xor(i8x16.swizzle(x1, i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)), x0);
}

/** First words of Threefry-2x32-20 at counters (first + 0…3, count1), as `threefry` gives them. */
// @ts-ignore: decorator
@inline
export function threefry4(key0: u32, key1: u32, first: u32, count1: u32): v128 {
  const counts = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  return threefry4From(key0, key1, counts, count1);
}

/** The same at four counters that are given. The first rotation is one number's, of all lanes. */
// @ts-ignore: decorator
@inline
export function threefry4From(key0: u32, key1: u32, counts: v128, count1: u32): v128 {
  const parity: u32 = key0 ^ key1 ^ 0x1bd11bda;
  const common: u32 = count1 + key1;
  let x0 = i32x4.add(counts, i32x4.splat(key0 + common));
  let x1 = v128.xor(i32x4.splat(rotl<u32>(common, 13)), x0);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 6);
  x0 = i32x4.add(x0, i32x4.splat(key1));
  x1 = i32x4.add(x1, i32x4.splat(parity + 1));
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 17);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 29);
  x0 = i32x4.add(x0, x1);
  x1 = mix16(x0, x1);
  x0 = i32x4.add(x0, x1);
  x1 = mix24(x0, x1);
  x0 = i32x4.add(x0, i32x4.splat(parity));
  x1 = i32x4.add(x1, i32x4.splat(key0 + 2));
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 13);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 6);
  x0 = i32x4.add(x0, i32x4.splat(key0));
  x1 = i32x4.add(x1, i32x4.splat(key1 + 3));
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 17);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 29);
  x0 = i32x4.add(x0, x1);
  x1 = mix16(x0, x1);
  x0 = i32x4.add(x0, x1);
  x1 = mix24(x0, x1);
  x0 = i32x4.add(x0, i32x4.splat(key1));
  x1 = i32x4.add(x1, i32x4.splat(parity + 4));
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 13);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1);
  x1 = mix(x0, x1, 6);
  return i32x4.add(x0, i32x4.splat(parity));
}
