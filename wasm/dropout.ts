import { scratch } from './scratch';
import { bytesOf, shareStart } from './share';

// @ts-ignore: decorator
@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/**
 * Factors of 16 elements, 0 or `keep`, from the words of four counters: Threefry-2x32-20 in four
 * lanes, as in src/core/rng.ts; counter l gives elements 4 l .. 4 l + 3.
 */
export function drawFactors(
  to: usize,
  key0: i32,
  key1: i32,
  count0: v128,
  count1: v128,
  threshold: i32,
  keep: f32,
): void {
  const parity = key0 ^ key1 ^ 0x1bd11bda;
  let x0 = i32x4.add(count0, i32x4.splat(key0));
  let x1 = i32x4.add(count1, i32x4.splat(key1));
  for (let block = 0; block < 5; block++) {
    const isEven = (block & 1) == 0;
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotate(x1, isEven ? 13 : 17), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotate(x1, isEven ? 15 : 29), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotate(x1, isEven ? 26 : 16), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotate(x1, isEven ? 6 : 24), x0);
    const turn = block % 3;
    x0 = i32x4.add(x0, i32x4.splat(turn == 0 ? key1 : turn == 1 ? parity : key0));
    x1 = i32x4.add(x1, i32x4.splat((turn == 0 ? parity : turn == 1 ? key0 : key1) + block + 1));
  }
  // The 16-bit parts of a counter's words, the low ones first, lie in the order of its elements.
  const first = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
  const second = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
  const least = i32x4.splat(threshold);
  const kept = f32x4.splat(keep);
  v128.store(to, v128.and(kept, i32x4.ge_s(i32x4.extend_low_i16x8_u(first), least)));
  v128.store(to, v128.and(kept, i32x4.ge_s(i32x4.extend_high_i16x8_u(first), least)), 16);
  v128.store(to, v128.and(kept, i32x4.ge_s(i32x4.extend_low_i16x8_u(second), least)), 32);
  v128.store(to, v128.and(kept, i32x4.ge_s(i32x4.extend_high_i16x8_u(second), least)), 48);
}

/** `dropout`: shares of 16 elements. mode 1 adds to what is there, 2 adds the residual. */
export function dropout(
  out: usize,
  x: usize,
  residual: usize,
  draw: usize,
  length: i32,
  width: i32,
  mode: i32,
  site: i32,
  threshold: i32,
  keep: f32,
  part: i32,
  parts: i32,
): void {
  const key0 = load<i32>(draw);
  const key1 = load<i32>(draw, 4);
  const before = load<i32>(draw, 8) * (width >> 2);
  const factors = scratch();
  const count1 = i32x4.splat(site << 20);
  const lanes = i32x4(0, 1, 2, 3);
  const units = (length + 15) >> 4;
  const last = min(length, shareStart(units, part + 1, parts) << 4);
  for (let i = shareStart(units, part, parts) << 4; i < last; i += 16) {
    const count0 = i32x4.add(i32x4.splat(before + (i >> 2)), lanes);
    drawFactors(factors, key0, key1, count0, count1, threshold, keep);
    const end = min(16, last - i);
    for (let e = 0; e < end; e += 4) {
      const at = bytesOf(i + e);
      let value = f32x4.mul(v128.load(x + at), v128.load(factors + bytesOf(e)));
      if (mode == 1) value = f32x4.add(value, v128.load(out + at));
      else if (mode == 2) value = f32x4.add(value, v128.load(residual + at));
      v128.store(out + at, value);
    }
  }
}
