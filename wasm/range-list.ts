/*
 * Keys, which are the bits of |value - origin|, that lie between two bounds, put into lists in the
 * order of their elements. Word 0 of a list says how many belong behind it; beyond `room` of them they
 * are counted alone. Bounds are below 2³¹, as keys are: signed comparisons hold, which take one
 * instruction.
 */

/** Bytes that bring those of four words to the front whose bits are set in a number of four bits. */
const PACKS: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  12, 13, 14, 15, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  4, 5, 6, 7, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15,
  8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
], 16);

// @ts-ignore: decorator
@inline
function keysAt(values: usize, origin: usize): v128 {
  const delta = f32x4.sub(v128.load(values), v128.load(origin));
  return v128.and(delta, i32x4.splat(0x7fffffff));
}

// @ts-ignore: decorator
@inline
function keyAt(values: usize, origin: usize): i32 {
  return reinterpret<i32>(load<f32>(values) - load<f32>(origin)) & 0x7fffffff;
}

/** Lists the keys from `low` on that are below `high`. */
export function range_list_keys(
  list: usize,
  room: i32,
  values: usize,
  origin: usize,
  count: i32,
  low: i32,
  high: i32,
): void {
  const lowest = i32x4.splat(low);
  const behind = i32x4.splat(high);
  const vectors = count & ~3;
  let used = load<i32>(list);
  for (let i = 0; i < count; i += 4) {
    let lanes: i32 = 1;
    if (i < vectors) {
      const keys = keysAt(values, origin);
      lanes = i32x4.bitmask(v128.andnot(i32x4.lt_s(keys, behind), i32x4.lt_s(keys, lowest)));
    } else lanes = (1 << (count - i)) - 1;
    for (; lanes !== 0; lanes &= lanes - 1) {
      const at = <usize>ctz(lanes) << 2;
      const key = keyAt(values + at, origin + at);
      if (key < low || key >= high) continue;
      if (used < room) store<i32>(list + ((<usize>used + 1) << 2), key);
      used++;
    }
    values += 16;
    origin += 16;
  }
  store<i32>(list, used);
}

/**
 * Counts the keys from `high` on into one word and lists the others from `low` on. Of a section there
 * is one more word: how many of the list are its own.
 */
export function range_list_band(
  list: usize,
  room: i32,
  above: usize,
  counts: usize,
  values: usize,
  origin: usize,
  count: i32,
  low: i32,
  high: i32,
): void {
  listWindow(false, list, room, above, counts, values, origin, count, low, high, -1, -1, -1);
}

/**
 * The same, but those equal to one of three given keys (-1: none) are not listed. Behind the
 * section's first word are three that count them.
 */
export function range_list_window(
  list: usize,
  room: i32,
  above: usize,
  counts: usize,
  values: usize,
  origin: usize,
  count: i32,
  low: i32,
  high: i32,
  key0: i32,
  key1: i32,
  key2: i32,
): void {
  listWindow(true, list, room, above, counts, values, origin, count, low, high, key0, key1, key2);
}

/**
 * Without branches: which vectors have something to be listed no processor foresees. Every vector
 * is written to the list, what belongs there first, and the next one goes over the rest.
 */
// @ts-ignore: decorator
@inline
function listWindow(
  hasShared: bool,
  list: usize,
  room: i32,
  above: usize,
  counts: usize,
  values: usize,
  origin: usize,
  count: i32,
  low: i32,
  high: i32,
  key0: i32,
  key1: i32,
  key2: i32,
): void {
  const lowest = i32x4.splat(low);
  const behind = i32x4.splat(high);
  const end = values + (<usize>count << 2);
  const before = load<i32>(list);
  const isRoomy = before <= room - count - 4;
  const vectors = isRoomy ? values + ((<usize>count & ~3) << 2) : values;
  const shared0 = i32x4.splat(key0);
  const shared1 = i32x4.splat(key1);
  const shared2 = i32x4.splat(key2);
  let equal0 = i32x4.splat(0);
  let equal1 = equal0;
  let equal2 = equal0;
  let below = i32x4.splat(0);
  let to = list + ((<usize>before + 1) << 2);
  // Asks last: what stays the same is made before the loop then.
  if (values < vectors) do {
    const keys = keysAt(values, origin);
    const isBelow = i32x4.lt_s(keys, behind);
    below = i32x4.sub(below, isBelow);
    let isOut = i32x4.lt_s(keys, lowest);
    if (hasShared) {
      const is0 = i32x4.eq(keys, shared0);
      const is1 = i32x4.eq(keys, shared1);
      const is2 = i32x4.eq(keys, shared2);
      equal0 = i32x4.sub(equal0, is0);
      equal1 = i32x4.sub(equal1, is1);
      equal2 = i32x4.sub(equal2, is2);
      isOut = v128.or(v128.or(isOut, is0), v128.or(is1, is2));
    }
    const lanes = i32x4.bitmask(v128.andnot(isBelow, isOut));
    v128.store(to, packed(keys, v128.load(PACKS + (<usize>lanes << 4))));
    to += <usize>popcnt(lanes) << 2;
    values += 16;
    origin += 16;
  } while (values < vectors);
  let used = <i32>((to - list) >> 2) - 1;
  let rest = sumOf(below);
  for (; values < end; values += 4) {
    const key = keyAt(values, origin);
    rest += <u32>(key < high);
    if (hasShared && key === key0) addTo(counts + 4, 1);
    else if (hasShared && key === key1) addTo(counts + 8, 1);
    else if (hasShared && key === key2) addTo(counts + 12, 1);
    else if (key >= low && key < high) {
      if (used < room) store<i32>(list + ((<usize>used + 1) << 2), key);
      used++;
    }
    origin += 4;
  }
  store<i32>(list, used);
  addTo(above, count - rest);
  addTo(counts, used - before);
  if (hasShared) {
    addTo(counts + 4, sumOf(equal0));
    addTo(counts + 8, sumOf(equal1));
    addTo(counts + 12, sumOf(equal2));
  }
}

/** All places are below 16: what other ones give does not matter. */
// @ts-ignore: decorator
@inline
function packed(words: v128, places: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(words, places);
  return i8x16.swizzle(words, places);
}

// @ts-ignore: decorator
@inline
function sumOf(counts: v128): u32 {
  const two = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  return two + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
}

// @ts-ignore: decorator
@inline
function addTo(word: usize, more: u32): void {
  store<u32>(word, load<u32>(word) + more);
}
