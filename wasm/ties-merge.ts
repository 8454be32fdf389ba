import { bytesOf, shareStart } from './share';
import {
  begin,
  collectAt,
  collectedDivisors,
  collectedSums,
  combined,
  elected,
  setSums,
  votesAt,
} from './ties-votes';

/** f32 an element of the accumulator, as bytes: votes, sum, divisor, unused. */
const PART_BYTES: usize = 16;

/** `ties_elect`: shares of blocks. Adds up to four models' votes to the accumulator's. */
export function ties_elect(
  result: usize,
  base: usize,
  blocks: usize,
  cuts: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  blockCount: i32,
  segmentCount: i32,
  firstModel: i32,
  modelCount: i32,
  totalModels: i32,
  combine: i32,
  weightedVotes: i32,
  majority: i32,
  _zero: i32,
  _lambda: f32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
  part: i32,
  parts: i32,
): void {
  begin(
    base,
    cuts,
    m0,
    m1,
    m2,
    m3,
    segmentCount,
    firstModel,
    modelCount,
    totalModels,
    combine,
    weightedVotes,
    majority,
    w0,
    w1,
    w2,
    w3,
  );
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const segment = load<i32>(block, 8);
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const own = result + <usize>i * PART_BYTES;
      const votes = votesAt(v128.load32_splat(own), i, segment, false);
      store<f32>(own, f32x4.extract_lane(votes, 0));
    }
  }
}

/** `ties_collect`: shares of blocks. Adds what agrees with the election to sums and divisors. */
export function ties_collect(
  result: usize,
  base: usize,
  blocks: usize,
  cuts: usize,
  m0: usize,
  m1: usize,
  m2: usize,
  m3: usize,
  blockCount: i32,
  segmentCount: i32,
  firstModel: i32,
  modelCount: i32,
  totalModels: i32,
  combine: i32,
  weightedVotes: i32,
  majority: i32,
  _zero: i32,
  _lambda: f32,
  w0: f32,
  w1: f32,
  w2: f32,
  w3: f32,
  part: i32,
  parts: i32,
): void {
  begin(
    base,
    cuts,
    m0,
    m1,
    m2,
    m3,
    segmentCount,
    firstModel,
    modelCount,
    totalModels,
    combine,
    weightedVotes,
    majority,
    w0,
    w1,
    w2,
    w3,
  );
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const segment = load<i32>(block, 8);
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const own = result + <usize>i * PART_BYTES;
      setSums(v128.load32_splat(own, 4), v128.load32_splat(own, 8));
      collectAt(elected(v128.load32_splat(own)), i, segment, false);
      store<f32>(own, f32x4.extract_lane(collectedSums(), 0), 4);
      store<f32>(own, f32x4.extract_lane(collectedDivisors(), 0), 8);
    }
  }
}

/** `ties_finish`: shares of elements. The base plus what was collected. */
export function ties_finish(
  result: usize,
  base: usize,
  merged: usize,
  length: i32,
  combine: i32,
  totalModels: i32,
  lambda: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(length, part + 1, parts);
  for (let i = shareStart(length, part, parts); i < last; i++) {
    const own = merged + <usize>i * PART_BYTES;
    const divisor = v128.load32_splat(own, 8);
    const value = combined(v128.load32_splat(own, 4), divisor, combine, totalModels);
    const origin = load<f32>(base + bytesOf(i));
    store<f32>(result + bytesOf(i), origin + lambda * f32x4.extract_lane(value, 0));
  }
}
