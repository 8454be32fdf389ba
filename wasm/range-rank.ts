import { scratch } from './scratch';

/** Elements of a section, as in src/merge/range-form.ts. */
const SECTION: i32 = 65536;
const BIN_BITS: i32 = 12;
const BINS: i32 = 1 << BIN_BITS;

/**
 * The key with a rank, from the largest of a tensor on, where `range_list_band` has listed the keys
 * around it of all the tensor's elements: millions of keys are not sent anywhere then. Leaves 1, the
 * key, how many listed ones are larger and how many equal; of sections how many of these are theirs;
 * and an empty list. Does nothing where the range is not the tensor, a list ran over, or the key is not
 * in it.
 */
export function range_rank_list(
  found: usize,
  list: usize,
  room: i32,
  above: usize,
  counts: usize,
  count: i32,
  elements: i32,
  rank: i32,
  low: i32,
  high: i32,
): void {
  const keys = load<i32>(list);
  let left = rank - load<i32>(above);
  if (count !== elements || <u32>keys > <u32>room || left < 1 || left > keys) return;
  const start = list + 4;
  const end = start + (<usize>keys << 2);
  let first: u32 = low;
  let bits = 32 - clz<i32>(high - low);
  let larger = 0;
  let equal = 0;
  do {
    const shift = max<i32>(0, bits - BIN_BITS);
    countBins(start, end, first, bits, shift);
    let bin = BINS - 1;
    equal = binAt(bin);
    while (equal < left) {
      left -= equal;
      larger += equal;
      equal = binAt(--bin);
    }
    first += <u32>bin << shift;
    bits = shift;
  } while (bits > 0);
  store<u32>(found, 1);
  store<u32>(found, first, 4);
  store<i32>(found, larger, 8);
  store<i32>(found, equal, 12);
  countSections(start, counts, (count + SECTION - 1) / SECTION, first);
  store<i32>(list, 0);
}

/** Counts keys from `first` on, of which only the lowest `bits` differ, by the upper ones of these. */
function countBins(at: usize, end: usize, first: u32, bits: i32, shift: i32): void {
  const bins = scratch();
  memory.fill(bins, 0, <usize>BINS << 2);
  for (; at < end; at += 4) {
    const key = load<u32>(at) - first;
    // All of them at first; later those of one bin.
    if (key >>> bits !== 0) continue;
    const bin = bins + (<usize>(key >>> shift) << 2);
    store<i32>(bin, load<i32>(bin) + 1);
  }
}

// @ts-ignore: decorator
@inline
function binAt(bin: i32): i32 {
  return load<i32>(scratch() + (<usize>bin << 2));
}

/** Turns the numbers of keys listed of sections into those of keys equal to one. */
function countSections(at: usize, counts: usize, sections: i32, key: u32): void {
  const wanted = i32x4.splat(key);
  for (let section = 0; section < sections; section++) {
    const end = at + (<usize>load<u32>(counts) << 2);
    let equal = i32x4.splat(0);
    for (; at + 16 <= end; at += 16) equal = i32x4.sub(equal, i32x4.eq(v128.load(at), wanted));
    let total = i32x4.extract_lane(equal, 0) + i32x4.extract_lane(equal, 1);
    total += i32x4.extract_lane(equal, 2) + i32x4.extract_lane(equal, 3);
    for (; at < end; at += 4) total += <i32>(load<u32>(at) === key);
    store<i32>(counts, total);
    counts += 4;
  }
}
