/** Elements of a grain: what one record of sums belongs to, as BLOCK_SIZE in src/merge/ties/blocks.ts. */
const GRAIN: u32 = 1024;

/**
 * Writes the block table of one block of a range: `slots` grains from element `offset` + `place` on,
 * all of segment `segment`; those behind the end are empty.
 */
export function range_grains(
  table: usize,
  offset: u32,
  place: u32,
  count: u32,
  segment: i32,
  slots: i32,
): void {
  const first = offset + place;
  const end = first + count;
  for (let slot = 0; slot < slots; slot++) {
    const from = first + min<u32>(count, <u32>slot * GRAIN);
    store<u32>(table, from);
    store<u32>(table, min<u32>(end, from + GRAIN), 4);
    store<i32>(table, segment, 8);
    table += 12;
  }
}

/** `parts` numbers an element. */
export function range_clear(to: usize, count: i32, parts: i32): void {
  memory.fill(to, 0, (<usize>count << 2) * <usize>parts);
}

export function range_copy_words(to: usize, from: usize, words: i32): void {
  memory.copy(to, from, <usize>words << 2);
}

/** Bits of |value - origin|, which order like the magnitudes. */
// @ts-ignore: decorator
@inline
function keysAt(values: usize, origin: usize): v128 {
  const delta = f32x4.sub(v128.load(values), v128.load(origin));
  return v128.and(delta, i32x4.splat(0x7fffffff));
}

// @ts-ignore: decorator
@inline
function keyAt(values: usize, origin: usize): u32 {
  return reinterpret<u32>(load<f32>(values) - load<f32>(origin)) & 0x7fffffff;
}

// @ts-ignore: decorator
@inline
function addOne(bins: usize, digit: u32): void {
  const bin = bins + (<usize>digit << 2);
  store<u32>(bin, load<u32>(bin) + 1);
}

/** Counts the most significant digit of the keys: what lies above `shift`. */
export function range_count_upper(
  bins: usize,
  values: usize,
  origin: usize,
  count: i32,
  shift: i32,
): void {
  const end = values + (<usize>count << 2);
  const vectors = values + ((<usize>count & ~3) << 2);
  while (values < vectors) {
    const digits = i32x4.shr_u(keysAt(values, origin), shift);
    addOne(bins, i32x4.extract_lane(digits, 0));
    addOne(bins, i32x4.extract_lane(digits, 1));
    addOne(bins, i32x4.extract_lane(digits, 2));
    addOne(bins, i32x4.extract_lane(digits, 3));
    values += 16;
    origin += 16;
  }
  while (values < end) {
    addOne(bins, keyAt(values, origin) >>> shift);
    values += 4;
    origin += 4;
  }
}

/** Counts a lower digit of those keys whose upper ones, from bit `upper` on, are `prefix`. */
export function range_count_lower(
  bins: usize,
  values: usize,
  origin: usize,
  count: i32,
  shift: i32,
  mask: u32,
  upper: i32,
  prefix: u32,
): void {
  const end = values + (<usize>count << 2);
  const vectors = values + ((<usize>count & ~3) << 2);
  const wanted = i32x4.splat(prefix);
  while (values < vectors) {
    const keys = keysAt(values, origin);
    const isWanted = i32x4.bitmask(i32x4.eq(i32x4.shr_u(keys, upper), wanted));
    // Few keys share the upper digits: most vectors end here.
    if (isWanted !== 0) {
      if (isWanted & 1) addOne(bins, (<u32>i32x4.extract_lane(keys, 0) >>> shift) & mask);
      if (isWanted & 2) addOne(bins, (<u32>i32x4.extract_lane(keys, 1) >>> shift) & mask);
      if (isWanted & 4) addOne(bins, (<u32>i32x4.extract_lane(keys, 2) >>> shift) & mask);
      if (isWanted & 8) addOne(bins, (<u32>i32x4.extract_lane(keys, 3) >>> shift) & mask);
    }
    values += 16;
    origin += 16;
  }
  while (values < end) {
    const key = keyAt(values, origin);
    if (key >>> upper === prefix) addOne(bins, (key >>> shift) & mask);
    values += 4;
    origin += 4;
  }
}

/** Adds the number of keys equal to `key` to one word. */
export function range_count_equal(
  total: usize,
  values: usize,
  origin: usize,
  count: i32,
  key: u32,
): void {
  const end = values + (<usize>count << 2);
  const vectors = values + ((<usize>count & ~3) << 2);
  const wanted = i32x4.splat(key);
  let equal = i32x4.splat(0);
  while (values < vectors) {
    equal = i32x4.sub(equal, i32x4.eq(keysAt(values, origin), wanted));
    values += 16;
    origin += 16;
  }
  let found: u32 = i32x4.extract_lane(equal, 0) + i32x4.extract_lane(equal, 1);
  found += i32x4.extract_lane(equal, 2) + i32x4.extract_lane(equal, 3);
  while (values < end) {
    found += <u32>(keyAt(values, origin) === key);
    values += 4;
    origin += 4;
  }
  store<u32>(total, load<u32>(total) + found);
}

/**
 * Finds the place of the `wanted`-th key (from 1) equal to `key` in a section, counted from the
 * section's first element on; 0 wants none. State: how many were seen; then the place.
 */
export function range_find_equal(
  state: usize,
  values: usize,
  origin: usize,
  count: i32,
  key: u32,
  first: u32,
  wanted: u32,
): void {
  let seen = load<u32>(state);
  if (wanted === 0 || seen >= wanted) return;
  for (let i = 0; i < count && seen < wanted; i++) {
    if (keyAt(values, origin) === key) {
      seen++;
      if (seen === wanted) store<u32>(state, first + i, 4);
    }
    values += 4;
    origin += 4;
  }
  store<u32>(state, seen);
}
