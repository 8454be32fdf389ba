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
 * element has `first`.
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
  equalAt = equal;
  key0Of = key0;
  key1Of = key1;
  key2Of = key2;
  let below = i32x4.splat(0);
  for (; values < vectors; values += 16) {
    const keys = keysAt(values, origin);
    const isBelow = i32x4.lt_s(keys, behind);
    below = i32x4.sub(below, isBelow);
    const lanes = i32x4.bitmask(v128.andnot(isBelow, i32x4.lt_s(keys, lowest)));
    if (lanes !== 0) place(lanes, values, origin, first);
    origin += 16;
    first += 4;
  }
  let rest: u32 = i32x4.extract_lane(below, 0) + i32x4.extract_lane(below, 1);
  rest += i32x4.extract_lane(below, 2) + i32x4.extract_lane(below, 3);
  for (; values < end; values += 4) {
    const key = keyAt(values, origin);
    rest += <u32>(key < high);
    if (key >= low && key < high) place(1, values, origin, first);
    origin += 4;
    first++;
  }
  store<i32>(list, used);
  store<u32>(above, load<u32>(above) + count - rest);
}

/** One call's lists: globals are an instance's own, and nothing else runs meanwhile. */
let listAt: usize = 0;
let roomOf: i32 = 0;
let used: i32 = 0;
let equalAt: usize = 0;
let key0Of: i32 = 0;
let key1Of: i32 = 0;
let key2Of: i32 = 0;

/** Few vectors have lanes in the window: what is done with them must not slow the others down. */
function place(lanes: i32, values: usize, origin: usize, first: u32): void {
  for (; lanes !== 0; lanes &= lanes - 1) {
    const lane = ctz(lanes);
    const at = <usize>lane << 2;
    const key = keyAt(values + at, origin + at);
    if (key === key0Of) addOne(equalAt);
    else if (key === key1Of) addOne(equalAt + 4);
    else if (key === key2Of) addOne(equalAt + 8);
    else {
      if (used + 2 <= roomOf) {
        const to = listAt + ((<usize>used + 1) << 2);
        store<i32>(to, key);
        store<u32>(to, first + lane, 4);
      }
      used += 2;
    }
  }
}

// @ts-ignore: decorator
@inline
function addOne(word: usize): void {
  store<u32>(word, load<u32>(word) + 1);
}
