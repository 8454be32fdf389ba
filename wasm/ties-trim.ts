import { bytesOf, shareStart } from './share';

/** As in src/merge/ties/trim-kernels.ts. */
const BINS: i32 = 2048;
const FIRST_SHIFT: i32 = 20;
const ALL: u32 = 0xffffffff;

/** Bits of |model - base|, which order like the magnitudes. */
// @ts-ignore: decorator
@inline
function keyAt(base: usize, model: usize, element: u32): u32 {
  const at = <usize>element << 2;
  return reinterpret<u32>(load<f32>(model + at) - load<f32>(base + at)) & 0x7fffffff;
}

/** A cut's words: threshold key, last index kept at it, scale, elements still to be placed. */
// @ts-ignore: decorator
@inline
function cutOf(cuts: usize, firstCut: i32, segment: i32): usize {
  return cuts + (<usize>(firstCut + segment) << 4);
}

// @ts-ignore: decorator
@inline
function firstBlockOf(segments: usize, segment: i32): i32 {
  return load<i32>(segments + (<usize>segment << 3));
}

// @ts-ignore: decorator
@inline
function endBlockOf(segments: usize, segment: i32): i32 {
  return firstBlockOf(segments, segment) + load<i32>(segments + (<usize>segment << 3), 4);
}

/** Three words: first element, end, segment. */
// @ts-ignore: decorator
@inline
function blockAt(blocks: usize, block: i32): usize {
  return blocks + bytesOf(3 * block);
}

/** `ties_histogram_pass`: shares of segments, so that every bin is counted by one thread. */
export function ties_histogram_pass(
  cuts: usize,
  histogram: usize,
  blocks: usize,
  segments: usize,
  base: usize,
  model: usize,
  _tieCounts: usize,
  _norms: usize,
  _firstBlock: i32,
  _blockCount: i32,
  firstSegment: i32,
  segmentCount: i32,
  firstCut: i32,
  shift: i32,
  _keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const isFirst = shift === FIRST_SHIFT;
  const mask: u32 = isFirst ? 2047 : 1023;
  const upper = min(shift + 10, 31);
  const last = shareStart(segmentCount, part + 1, parts);
  for (let index = shareStart(segmentCount, part, parts); index < last; index++) {
    const segment = firstSegment + index;
    const cut = cutOf(cuts, firstCut, segment);
    if (load<u32>(cut, 12) === 0) continue;
    const bins = histogram + bytesOf(index * BINS);
    const prefix = load<u32>(cut) >>> upper;
    const endBlock = endBlockOf(segments, segment);
    for (let b = firstBlockOf(segments, segment); b < endBlock; b++) {
      const block = blockAt(blocks, b);
      const end = load<u32>(block, 4);
      for (let i = load<u32>(block); i < end; i++) {
        const key = keyAt(base, model, i);
        if (!isFirst && key >>> upper !== prefix) continue;
        const bin = bins + (<usize>((key >>> shift) & mask) << 2);
        store<u32>(bin, load<u32>(bin) + 1);
      }
    }
  }
}

/** `ties_select_pass`: shares of segments. Fixes one digit of the threshold, clears the bins. */
export function ties_select_pass(
  cuts: usize,
  histogram: usize,
  _blocks: usize,
  _segments: usize,
  _base: usize,
  _model: usize,
  _tieCounts: usize,
  _norms: usize,
  _firstBlock: i32,
  _blockCount: i32,
  firstSegment: i32,
  segmentCount: i32,
  firstCut: i32,
  shift: i32,
  keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(segmentCount, part + 1, parts);
  for (let index = shareStart(segmentCount, part, parts); index < last; index++) {
    const cut = cutOf(cuts, firstCut, firstSegment + index);
    let remaining = load<u32>(cut, 12);
    if (remaining === 0) continue;
    const bins = histogram + bytesOf(index * BINS);
    let bin = BINS - 1;
    while (bin > 0 && load<u32>(bins + bytesOf(bin)) < remaining) {
      remaining -= load<u32>(bins + bytesOf(bin));
      bin--;
    }
    const equal = load<u32>(bins + bytesOf(bin));
    memory.fill(bins, 0, bytesOf(BINS));
    store<u32>(cut, load<u32>(cut) | (<u32>bin << shift));
    const isFinal = shift === 0 && (keepTies === 1 || remaining === equal);
    if (isFinal) store<u32>(cut, ALL, 4);
    store<u32>(cut, isFinal ? 0 : remaining, 12);
  }
}

/** `ties_count_ties`: shares of blocks. */
export function ties_count_ties(
  cuts: usize,
  _histogram: usize,
  blocks: usize,
  _segments: usize,
  base: usize,
  model: usize,
  tieCounts: usize,
  _norms: usize,
  firstBlock: i32,
  blockCount: i32,
  _firstSegment: i32,
  _segmentCount: i32,
  firstCut: i32,
  _shift: i32,
  _keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const last = firstBlock + shareStart(blockCount, part + 1, parts);
  for (let b = firstBlock + shareStart(blockCount, part, parts); b < last; b++) {
    const block = blockAt(blocks, b);
    const cut = cutOf(cuts, firstCut, load<i32>(block, 8));
    if (load<u32>(cut, 12) === 0) continue;
    const threshold = load<u32>(cut);
    const end = load<u32>(block, 4);
    let count: u32 = 0;
    for (let i = load<u32>(block); i < end; i++) {
      if (keyAt(base, model, i) === threshold) count++;
    }
    const counter = tieCounts + bytesOf(b);
    store<u32>(counter, load<u32>(counter) + count);
  }
}

/** `ties_cut_ties`: shares of segments. Finds the last element kept at the threshold. */
export function ties_cut_ties(
  cuts: usize,
  _histogram: usize,
  blocks: usize,
  segments: usize,
  base: usize,
  model: usize,
  tieCounts: usize,
  _norms: usize,
  _firstBlock: i32,
  _blockCount: i32,
  firstSegment: i32,
  segmentCount: i32,
  firstCut: i32,
  _shift: i32,
  _keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const last = firstSegment + shareStart(segmentCount, part + 1, parts);
  for (let s = firstSegment + shareStart(segmentCount, part, parts); s < last; s++) {
    const cut = cutOf(cuts, firstCut, s);
    let remaining = load<u32>(cut, 12);
    if (remaining === 0) continue;
    const first = firstBlockOf(segments, s);
    const endBlock = endBlockOf(segments, s);
    let b = first;
    while (b < endBlock && load<u32>(tieCounts + bytesOf(b)) < remaining) {
      remaining -= load<u32>(tieCounts + bytesOf(b));
      b++;
    }
    memory.fill(tieCounts + bytesOf(first), 0, bytesOf(endBlock - first));
    store<u32>(cut, 0, 12);
    if (b === endBlock) continue;
    const block = blockAt(blocks, b);
    const end = load<u32>(block, 4);
    const threshold = load<u32>(cut);
    for (let i = load<u32>(block); i < end && remaining > 0; i++) {
      if (keyAt(base, model, i) !== threshold) continue;
      remaining--;
      store<u32>(cut, i, 4);
    }
  }
}

/** `ties_block_norms`: shares of blocks. Sums of all and of the kept magnitudes. */
export function ties_block_norms(
  cuts: usize,
  _histogram: usize,
  blocks: usize,
  _segments: usize,
  base: usize,
  model: usize,
  _tieCounts: usize,
  norms: usize,
  firstBlock: i32,
  blockCount: i32,
  _firstSegment: i32,
  _segmentCount: i32,
  firstCut: i32,
  _shift: i32,
  _keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const last = firstBlock + shareStart(blockCount, part + 1, parts);
  for (let b = firstBlock + shareStart(blockCount, part, parts); b < last; b++) {
    const block = blockAt(blocks, b);
    const cut = cutOf(cuts, firstCut, load<i32>(block, 8));
    const threshold = load<u32>(cut);
    const limit = load<u32>(cut, 4);
    const end = load<u32>(block, 4);
    let all: f64 = 0;
    let kept: f64 = 0;
    for (let i = load<u32>(block); i < end; i++) {
      const key = keyAt(base, model, i);
      const size = <f64>reinterpret<f32>(key);
      all += size;
      if (key > threshold || (key === threshold && i <= limit)) kept += size;
    }
    store<f32>(norms + (<usize>b << 3), <f32>all);
    store<f32>(norms + (<usize>b << 3), <f32>kept, 4);
  }
}

/** `ties_segment_scales`: shares of segments. */
export function ties_segment_scales(
  cuts: usize,
  _histogram: usize,
  _blocks: usize,
  segments: usize,
  _base: usize,
  _model: usize,
  _tieCounts: usize,
  norms: usize,
  _firstBlock: i32,
  _blockCount: i32,
  firstSegment: i32,
  segmentCount: i32,
  firstCut: i32,
  _shift: i32,
  _keepTies: i32,
  part: i32,
  parts: i32,
): void {
  const last = firstSegment + shareStart(segmentCount, part + 1, parts);
  for (let s = firstSegment + shareStart(segmentCount, part, parts); s < last; s++) {
    let all: f64 = 0;
    let kept: f64 = 0;
    const endBlock = endBlockOf(segments, s);
    for (let b = firstBlockOf(segments, s); b < endBlock; b++) {
      all += <f64>load<f32>(norms + (<usize>b << 3));
      kept += <f64>load<f32>(norms + (<usize>b << 3), 4);
    }
    const scale = all >= 1e-8 && kept > 0 ? <f32>(all / kept) : <f32>1;
    store<f32>(cutOf(cuts, firstCut, s), scale, 8);
  }
}
