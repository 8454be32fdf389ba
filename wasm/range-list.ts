/*
 * Keys, which are the bits of |value - origin|, that lie between two bounds, put into lists. Word 0
 * of a list says how many words belong behind it; beyond `room` of them they are counted alone.
 * Bounds are below 2³¹, as keys are: signed comparisons hold, which take one instruction.
 */

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
 * Counts the keys from `high` on into one word, those equal to one of three given keys (-1: none)
 * into three words, and lists the others from `low` on: key and place, of which the block's first
 * element has `first`. Keys that many elements have are counted by whole vectors: to branch for them
 * took three times as long, since no processor foresees it.
 */
export function range_list_window(
  list: usize,
  room: i32,
  above: usize,
  equal: usize,
  values: usize,
  origin: usize,
  count: i32,
  first: u32,
  low: i32,
  high: i32,
  key0: i32,
  key1: i32,
  key2: i32,
): void {
  const lowest = i32x4.splat(low);
  const behind = i32x4.splat(high);
  const end = values + (<usize>count << 2);
  const vectors = values + ((<usize>count & ~3) << 2);
  listAt = list;
  roomOf = room;
  used = load<i32>(list);
  const shared0 = i32x4.splat(key0);
  const shared1 = i32x4.splat(key1);
  const shared2 = i32x4.splat(key2);
  let equal0 = i32x4.splat(0);
  let equal1 = equal0;
  let equal2 = equal0;
  let below = i32x4.splat(0);
  // Asks last: what stays the same is made before the loop then.
  if (values < vectors) do {
    const keys = keysAt(values, origin);
    const isBelow = i32x4.lt_s(keys, behind);
    below = i32x4.sub(below, isBelow);
    const is0 = i32x4.eq(keys, shared0);
    const is1 = i32x4.eq(keys, shared1);
    const is2 = i32x4.eq(keys, shared2);
    equal0 = i32x4.sub(equal0, is0);
    equal1 = i32x4.sub(equal1, is1);
    equal2 = i32x4.sub(equal2, is2);
    const isOut = v128.or(v128.or(i32x4.lt_s(keys, lowest), is0), v128.or(is1, is2));
    const lanes = i32x4.bitmask(v128.andnot(isBelow, isOut));
    if (lanes !== 0) append(lanes, values, origin, first);
    values += 16;
    origin += 16;
    first += 4;
  } while (values < vectors);
  let rest = sumOf(below);
  for (; values < end; values += 4) {
    const key = keyAt(values, origin);
    rest += <u32>(key < high);
    if (key === key0) addOne(equal);
    else if (key === key1) addOne(equal + 4);
    else if (key === key2) addOne(equal + 8);
    else if (key >= low && key < high) append(1, values, origin, first);
    origin += 4;
    first++;
  }
  store<i32>(list, used);
  store<u32>(above, load<u32>(above) + count - rest);
  store<u32>(equal, load<u32>(equal) + sumOf(equal0));
  store<u32>(equal, load<u32>(equal, 4) + sumOf(equal1), 4);
  store<u32>(equal, load<u32>(equal, 8) + sumOf(equal2), 8);
}

// @ts-ignore: decorator
@inline
function sumOf(counts: v128): u32 {
  const two = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  return two + i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
}

/** One call's list: globals are an instance's own, and nothing else runs meanwhile. */
let listAt: usize = 0;
let roomOf: i32 = 0;
let used: i32 = 0;

/** Few vectors have lanes to be listed: what is done with them must not slow the others down. */
function append(lanes: i32, values: usize, origin: usize, first: u32): void {
  for (; lanes !== 0; lanes &= lanes - 1) {
    const lane = ctz(lanes);
    const at = <usize>lane << 2;
    if (used + 2 <= roomOf) {
      const to = listAt + ((<usize>used + 1) << 2);
      store<i32>(to, keyAt(values + at, origin + at));
      store<u32>(to, first + lane, 4);
    }
    used += 2;
  }
}

// @ts-ignore: decorator
@inline
function addOne(word: usize): void {
  store<u32>(word, load<u32>(word) + 1);
}
