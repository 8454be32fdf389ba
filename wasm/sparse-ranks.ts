import { scratch, scratchBytes } from './scratch';
import { bytesOf, shareStart } from './share';

/** Words a segment in `tensors`, as bytes: see src/merge/sparse/delta-kernels.ts. */
const TENSOR_BYTES: usize = 16;
/** Digits of the radix sort: three of 11, 10 and 10 bits cover a magnitude. */
const BINS: i32 = 2048;
const BIN_BYTES: usize = 8192;

/**
 * `sparse_rank_probabilities`: shares of blocks; a row is ranked by the block of its first element.
 * Rows that fit in the scratch memory are sorted by digits, which keeps equal ones in order; longer
 * ones are counted by element.
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
  const room = (<u32>scratchBytes() - <u32>BIN_BYTES) / 16;
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
      else countRow(probabilities, delta, i, length, stride, low, high);
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
  let from = bins + BIN_BYTES;
  let to = from + (<usize>length << 3);
  for (let j: u32 = 0; j < length; j++) {
    const at = from + (<usize>j << 3);
    store<u32>(at, keyAt(delta, first + j * stride));
    store<u32>(at, j, 4);
  }
  for (let shift: u32 = 0; shift < 31; shift += shift === 0 ? 11 : 10) {
    const mask: u32 = shift === 0 ? 2047 : 1023;
    memory.fill(bins, 0, BIN_BYTES);
    for (let j: u32 = 0; j < length; j++) {
      const bin = bins + (<usize>((load<u32>(from + (<usize>j << 3)) >>> shift) & mask) << 2);
      store<u32>(bin, load<u32>(bin) + 1);
    }
    let before: u32 = 0;
    for (let digit = 0; digit < BINS; digit++) {
      const bin = bins + bytesOf(digit);
      const count = load<u32>(bin);
      store<u32>(bin, before);
      before += count;
    }
    for (let j: u32 = 0; j < length; j++) {
      const pair = load<u64>(from + (<usize>j << 3));
      const bin = bins + (<usize>((<u32>pair >>> shift) & mask) << 2);
      const place = load<u32>(bin);
      store<u32>(bin, place + 1);
      store<u64>(to + (<usize>place << 3), pair);
    }
    const other = from;
    from = to;
    to = other;
  }
  for (let rank: u32 = 0; rank < length; rank++) {
    const member = first + load<u32>(from + (<usize>rank << 3), 4) * stride;
    store<f32>(probabilities + (<usize>member << 2), probabilityOf(rank, length, low, high));
  }
}

function countRow(
  probabilities: usize,
  delta: usize,
  first: u32,
  length: u32,
  stride: u32,
  low: f32,
  high: f32,
): void {
  for (let j: u32 = 0; j < length; j++) {
    const member = first + j * stride;
    const own = keyAt(delta, member);
    let rank: u32 = 0;
    for (let k: u32 = 0; k < length; k++) {
      const key = keyAt(delta, first + k * stride);
      if (key < own || (key === own && k < j)) rank++;
    }
    store<f32>(probabilities + (<usize>member << 2), probabilityOf(rank, length, low, high));
  }
}
