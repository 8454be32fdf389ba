import { scratch, scratchBytes } from './scratch';
import { bytesOf, shareStart } from './share';

/** Words a segment in `tensors`, as bytes: see src/merge/sparse/delta-kernels.ts. */
const TENSOR_BYTES: usize = 16;
/** Digits of the radix sort: 11, 10 and 10 bits cover a magnitude. */
const BINS: i32 = 2048;
const BIN_BYTES: usize = 8192;
const PLACED: u32 = 0x80000000;

/**
 * `sparse_rank_probabilities`: shares of blocks; a row is ranked by the block of its first element.
 * Rows that fit in the scratch memory are sorted by digits, which keeps equal ones in order; longer
 * ones, of more than half a million elements, by a heap.
 */
export function sparse_rank_probabilities(
  probabilities: usize,
  delta: usize,
  blocks: usize,
  tensors: usize,
  blockCount: i32,
  low: f32,
  high: f32,
  part: i32,
  parts: i32,
): void {
  const room = (<u32>scratchBytes() - <u32>BIN_BYTES) / 4;
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const tensor = tensors + <usize>load<u32>(block, 8) * TENSOR_BYTES;
    const first = load<u32>(tensor, 4);
    const length = load<u32>(tensor, 8);
    const stride = load<u32>(tensor, 12);
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      if (((i - first) / stride) % length > 0) continue;
      if (length <= room) sortRow(probabilities, delta, i, length, stride, low, high);
      else heapRow(probabilities, delta, i, length, stride, low, high);
    }
  }
}

// @ts-ignore: decorator
@inline
function keyAt(delta: usize, i: u32): u32 {
  return load<u32>(delta + (<usize>i << 2)) & 0x7fffffff;
}

// @ts-ignore: decorator
@inline
function probabilityOf(rank: u32, length: u32, low: f32, high: f32): f32 {
  const share: f64 = length > 1 ? <f64>rank / <f64>(length - 1) : 0.5;
  return <f32>(<f64>low + (<f64>high - <f64>low) * share);
}

/** Indices wait between the digits, first where the probabilities will be, then in the scratch. */
function sortRow(
  probabilities: usize,
  delta: usize,
  first: u32,
  length: u32,
  stride: u32,
  low: f32,
  high: f32,
): void {
  const bins = scratch();
  const order = bins + BIN_BYTES;
  startDigit(bins, delta, first, length, stride, 0, 2047);
  for (let j: u32 = 0; j < length; j++) {
    const place = nextPlace(bins, keyAt(delta, first + j * stride) & 2047);
    store<u32>(probabilities + (<usize>(first + place * stride) << 2), j);
  }
  startDigit(bins, delta, first, length, stride, 11, 1023);
  for (let k: u32 = 0; k < length; k++) {
    const j = load<u32>(probabilities + (<usize>(first + k * stride) << 2));
    const place = nextPlace(bins, (keyAt(delta, first + j * stride) >>> 11) & 1023);
    store<u32>(order + (<usize>place << 2), j);
  }
  startDigit(bins, delta, first, length, stride, 21, 1023);
  for (let k: u32 = 0; k < length; k++) {
    const member = first + load<u32>(order + (<usize>k << 2)) * stride;
    const rank = nextPlace(bins, (keyAt(delta, member) >>> 21) & 1023);
    store<f32>(probabilities + (<usize>member << 2), probabilityOf(rank, length, low, high));
  }
}

/** Puts into each bin how many keys have a smaller digit. */
function startDigit(
  bins: usize,
  delta: usize,
  first: u32,
  length: u32,
  stride: u32,
  shift: u32,
  mask: u32,
): void {
  memory.fill(bins, 0, BIN_BYTES);
  for (let j: u32 = 0; j < length; j++) {
    nextPlace(bins, (keyAt(delta, first + j * stride) >>> shift) & mask);
  }
  let before: u32 = 0;
  for (let digit = 0; digit < BINS; digit++) {
    const bin = bins + bytesOf(digit);
    const count = load<u32>(bin);
    store<u32>(bin, before);
    before += count;
  }
}

// @ts-ignore: decorator
@inline
function nextPlace(bins: usize, digit: u32): u32 {
  const bin = bins + (<usize>digit << 2);
  const place = load<u32>(bin);
  store<u32>(bin, place + 1);
  return place;
}

/** A row of any length, sorted where the probabilities will be: a heap of indices. */
function heapRow(
  probabilities: usize,
  delta: usize,
  first: u32,
  length: u32,
  stride: u32,
  low: f32,
  high: f32,
): void {
  const bytes = <usize>stride << 2;
  const heap = probabilities + (<usize>first << 2);
  const values = delta + (<usize>first << 2);
  for (let j: u32 = 0; j < length; j++) store<u32>(heap + <usize>j * bytes, j);
  for (let top = length / 2; top > 0; top--) sift(heap, values, bytes, top - 1, length);
  for (let end = length - 1; end > 0; end--) {
    const largest = load<u32>(heap);
    store<u32>(heap, load<u32>(heap + <usize>end * bytes));
    store<u32>(heap + <usize>end * bytes, largest);
    sift(heap, values, bytes, 0, end);
  }
  invert(heap, bytes, length);
  for (let j: u32 = 0; j < length; j++) {
    const at = heap + <usize>j * bytes;
    store<f32>(at, probabilityOf(load<u32>(at) & ~PLACED, length, low, high));
  }
}

/** Whether index a comes before b: the smaller magnitude, of equal ones the first. */
// @ts-ignore: decorator
@inline
function isBefore(values: usize, bytes: usize, a: u32, b: u32): bool {
  const one = load<u32>(values + <usize>a * bytes) & 0x7fffffff;
  const other = load<u32>(values + <usize>b * bytes) & 0x7fffffff;
  return one < other || (one === other && a < b);
}

function sift(heap: usize, values: usize, bytes: usize, top: u32, length: u32): void {
  const own = load<u32>(heap + <usize>top * bytes);
  let place = top;
  for (let child: u32 = 2 * place + 1; child < length; child = 2 * place + 1) {
    let index = load<u32>(heap + <usize>child * bytes);
    if (child + 1 < length) {
      const right = load<u32>(heap + <usize>(child + 1) * bytes);
      if (isBefore(values, bytes, index, right)) {
        index = right;
        child++;
      }
    }
    if (!isBefore(values, bytes, own, index)) break;
    store<u32>(heap + <usize>place * bytes, index);
    place = child;
  }
  store<u32>(heap + <usize>place * bytes, own);
}

/** Turns "index at this rank" into "rank of this index", marked, along the cycles. */
function invert(heap: usize, bytes: usize, length: u32): void {
  for (let start: u32 = 0; start < length; start++) {
    let index = load<u32>(heap + <usize>start * bytes);
    if (index & PLACED) continue;
    let rank = start;
    while (index !== start) {
      const at = heap + <usize>index * bytes;
      const next = load<u32>(at);
      store<u32>(at, rank | PLACED);
      rank = index;
      index = next;
    }
    store<u32>(heap + <usize>start * bytes, rank | PLACED);
  }
}
