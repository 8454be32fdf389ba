/*
 * Elements that a step has left, one bit each, from the section's first on. A block begins with a
 * word: it is the section's first, or lies a multiple of 4096 behind it.
 */

/** Bits of the elements that are not +0. */
export function range_note_kept(bits: usize, values: usize, count: i32, within: u32): void {
  let word = bits + ((<usize>within >> 5) << 2);
  const nothing = i64x2.splat(0);
  let done = 0;
  for (; done + 32 <= count; done += 32) {
    const low = i16x8.narrow_i32x4_s(isSet(values, nothing), isSet(values + 16, nothing));
    const low2 = i16x8.narrow_i32x4_s(isSet(values + 32, nothing), isSet(values + 48, nothing));
    const high = i16x8.narrow_i32x4_s(isSet(values + 64, nothing), isSet(values + 80, nothing));
    const high2 = i16x8.narrow_i32x4_s(isSet(values + 96, nothing), isSet(values + 112, nothing));
    const first = i8x16.bitmask(i8x16.narrow_i16x8_s(low, low2));
    const second = i8x16.bitmask(i8x16.narrow_i16x8_s(high, high2));
    store<u32>(word, first | (second << 16));
    word += 4;
    values += 128;
  }
  let rest: u32 = 0;
  for (let bit = 0; done < count; bit++, done++) {
    rest |= <u32>(load<u32>(values) !== 0) << bit;
    values += 4;
  }
  if (rest !== 0) store<u32>(word, rest);
}

// @ts-ignore: decorator
@inline
function isSet(values: usize, nothing: v128): v128 {
  return i32x4.ne(v128.load(values), nothing);
}

/** Makes elements without a bit +0. */
export function range_keep_noted(values: usize, bits: usize, count: i32, within: u32): void {
  let word = bits + ((<usize>within >> 5) << 2);
  const places = i32x4(1, 2, 4, 8);
  // Whole vectors: there is room behind the last element.
  let done = 0;
  // Asks last: what stays the same is made before the loop then.
  for (; done + 32 <= count; done += 32) {
    const wanted = i32x4.splat(load<u32>(word));
    keepEight(values, wanted);
    values += 128;
    word += 4;
  }
  for (; done < count; done += 32) {
    let wanted = load<u32>(word);
    const end = values + (<usize>min(32, (count - done + 3) & ~3) << 2);
    for (; values < end; values += 16) {
      const isKept = i32x4.eq(v128.and(i32x4.splat(wanted), places), places);
      v128.store(values, v128.and(v128.load(values), isKept));
      wanted >>>= 4;
    }
    word += 4;
  }
}

/** Thirty-two elements: each vector has its own four places. */
// @ts-ignore: decorator
@inline
function keepEight(values: usize, bits: v128): void {
  keepFour(values, bits, i32x4(1, 2, 4, 8));
  keepFour(values + 16, bits, i32x4(1 << 4, 2 << 4, 4 << 4, 8 << 4));
  keepFour(values + 32, bits, i32x4(1 << 8, 2 << 8, 4 << 8, 8 << 8));
  keepFour(values + 48, bits, i32x4(1 << 12, 2 << 12, 4 << 12, 8 << 12));
  keepFour(values + 64, bits, i32x4(1 << 16, 2 << 16, 4 << 16, 8 << 16));
  keepFour(values + 80, bits, i32x4(1 << 20, 2 << 20, 4 << 20, 8 << 20));
  keepFour(values + 96, bits, i32x4(1 << 24, 2 << 24, 4 << 24, 8 << 24));
  keepFour(values + 112, bits, i32x4(1 << 28, 2 << 28, 4 << 28, 8 << 28));
}

// @ts-ignore: decorator
@inline
function keepFour(values: usize, bits: v128, places: v128): void {
  v128.store(values, v128.and(v128.load(values), i32x4.eq(v128.and(bits, places), places)));
}
