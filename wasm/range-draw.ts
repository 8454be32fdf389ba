import { addedSizes } from './sparse-sums';
import { threefry } from './threefry';
import { threefry4From } from './threefry4';

/** Elements of a grain, and bytes of its sums: as in range-grains.ts and sparse-sums.ts. */
const GRAIN: i32 = 1024;
const GRAIN_BYTES: usize = 4096;
const SUM_BYTES: usize = 16;

/**
 * What `linear_combination`, `sparse_sum_sizes`, `sparse_drop_random`, `range_note_kept` and again
 * `sparse_sum_sizes` do with a task vector in a row, without writing it down: the sizes of its grains
 * added up, one bit for each element that chance keeps (whose random word, with a sign, is not above
 * `highest`), and the sizes of those. A block begins with a grain.
 */
export function range_draw_sizes(
  model: usize,
  base: usize,
  bits: usize,
  before: usize,
  after: usize,
  count: i32,
  first: u32,
  within: u32,
  seed: u32,
  key: u32,
  index: u32,
  highest: i32,
): void {
  bits += <usize>(within >> 5) << 2;
  let done = 0;
  for (; done + 4 * GRAIN <= count; done += 4 * GRAIN) {
    drawFour(model, base, bits, before, after, first, seed, key, index, highest);
    model += 4 * GRAIN_BYTES;
    base += 4 * GRAIN_BYTES;
    bits += GRAIN_BYTES >> 3;
    before += 4 * SUM_BYTES;
    after += 4 * SUM_BYTES;
    first += 4 * GRAIN;
  }
  for (; done < count; done += GRAIN) {
    const elements = min<i32>(GRAIN, count - done);
    drawOne(model, base, bits, before, after, elements, first, seed, key, index, highest);
    model += GRAIN_BYTES;
    base += GRAIN_BYTES;
    bits += GRAIN_BYTES >> 5;
    before += SUM_BYTES;
    after += SUM_BYTES;
    first += GRAIN;
  }
}

/**
 * Four grains side by side: four chains of draws fill a core, and each sum waits for its own additions
 * alone, two grains in a vector, elements in their order.
 */
function drawFour(
  model: usize,
  base: usize,
  bits: usize,
  before: usize,
  after: usize,
  first: u32,
  seed: u32,
  key: u32,
  index: u32,
  highest: i32,
): void {
  const bound = i32x4.splat(highest);
  const next = i32x4.splat(4);
  const grain = i32x4.splat(GRAIN);
  let counts = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let all01 = f64x2.splat(0);
  let all23 = all01;
  let kept01 = all01;
  let kept23 = all01;
  let words = GRAIN >> 5;
  do {
    let word0 = 0;
    let word1 = 0;
    let word2 = 0;
    let word3 = 0;
    let shift = 0;
    do {
      const out0 = isOut(counts, seed, key, index, bound);
      const counts1 = i32x4.add(counts, grain);
      const out1 = isOut(counts1, seed, key, index, bound);
      const counts2 = i32x4.add(counts1, grain);
      const out2 = isOut(counts2, seed, key, index, bound);
      const out3 = isOut(i32x4.add(counts2, grain), seed, key, index, bound);
      counts = i32x4.add(counts, next);
      word0 |= i32x4.bitmask(out0) << shift;
      word1 |= i32x4.bitmask(out1) << shift;
      word2 |= i32x4.bitmask(out2) << shift;
      word3 |= i32x4.bitmask(out3) << shift;
      const x0 = sizesAt(model, base);
      const x1 = sizesAt(model + GRAIN_BYTES, base + GRAIN_BYTES);
      const x2 = sizesAt(model + 2 * GRAIN_BYTES, base + 2 * GRAIN_BYTES);
      const x3 = sizesAt(model + 3 * GRAIN_BYTES, base + 3 * GRAIN_BYTES);
      all01 = addedSizes(all01, x0, x1);
      all23 = addedSizes(all23, x2, x3);
      kept01 = addedSizes(kept01, v128.andnot(x0, out0), v128.andnot(x1, out1));
      kept23 = addedSizes(kept23, v128.andnot(x2, out2), v128.andnot(x3, out3));
      model += 16;
      base += 16;
      shift += 4;
    } while (shift < 32);
    store<u32>(bits, ~word0);
    store<u32>(bits + (GRAIN_BYTES >> 5), ~word1);
    store<u32>(bits + (GRAIN_BYTES >> 4), ~word2);
    store<u32>(bits + 3 * (GRAIN_BYTES >> 5), ~word3);
    bits += 4;
  } while (--words !== 0);
  writeSize(before, f64x2.extract_lane(all01, 0));
  writeSize(before + SUM_BYTES, f64x2.extract_lane(all01, 1));
  writeSize(before + 2 * SUM_BYTES, f64x2.extract_lane(all23, 0));
  writeSize(before + 3 * SUM_BYTES, f64x2.extract_lane(all23, 1));
  writeSize(after, f64x2.extract_lane(kept01, 0));
  writeSize(after + SUM_BYTES, f64x2.extract_lane(kept01, 1));
  writeSize(after + 2 * SUM_BYTES, f64x2.extract_lane(kept23, 0));
  writeSize(after + 3 * SUM_BYTES, f64x2.extract_lane(kept23, 1));
}

/** Lanes whose random word is above the bound: words without a sign in the order of those with one. */
// @ts-ignore: decorator
@inline
function isOut(counts: v128, seed: u32, key: u32, index: u32, bound: v128): v128 {
  const drawn = v128.xor(threefry4From(seed, key, counts, index), i32x4.splat(0x80000000));
  return i32x4.gt_s(drawn, bound);
}

// @ts-ignore: decorator
@inline
function sizesAt(model: usize, base: usize): v128 {
  const delta = f32x4.sub(v128.load(model), v128.load(base));
  return v128.and(delta, i32x4.splat(0x7fffffff));
}

/** The last grains of a tensor, element by element. */
function drawOne(
  model: usize,
  base: usize,
  bits: usize,
  before: usize,
  after: usize,
  count: i32,
  first: u32,
  seed: u32,
  key: u32,
  index: u32,
  highest: i32,
): void {
  let all: f64 = 0;
  let kept: f64 = 0;
  let word: u32 = 0;
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2;
    const size = <f64>abs(load<f32>(model + at) - load<f32>(base + at));
    const isKept = <i32>(threefry(seed, key, first + i, index) ^ 0x80000000) <= highest;
    all += size;
    if (isKept) kept += size;
    word |= <u32>isKept << (i & 31);
    if ((i & 31) === 31 || i === count - 1) {
      store<u32>(bits + (<usize>(i >> 5) << 2), word);
      word = 0;
    }
  }
  writeSize(before, all);
  writeSize(after, kept);
}

/** The other words of a record are nobody's. */
// @ts-ignore: decorator
@inline
function writeSize(own: usize, size: f64): void {
  store<f32>(own, <f32>size);
}
