import { bytesOf } from './share';
import { begin, majorityWord, votesAt } from './ties-votes';

/** f32 an element of the accumulator, as bytes: votes, sum, divisor, unused. */
const PART_BYTES: usize = 16;

/** `ties_majority`: net number of positive elections, all in the first part. */
export function ties_majority(
  _result: usize,
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
  _parts: i32,
): void {
  if (part !== 0) return;
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
  let net = 0;
  for (let b = 0; b < blockCount; b++) {
    const block = blocks + bytesOf(3 * b);
    const segment = load<i32>(block, 8);
    const end = load<u32>(block, 4);
    let i = load<u32>(block);
    for (; i + 4 <= end; i += 4) net += netSign(votesAt(f32x4.splat(0), i, segment, true), 15);
    for (; i < end; i++) net += netSign(votesAt(f32x4.splat(0), i, segment, false), 1);
  }
  store<i32>(majorityWord(), load<i32>(majorityWord()) + net);
}

/** Positive minus negative numbers among the lanes of `lanes`. */
// @ts-ignore: decorator
@inline
function netSign(votes: v128, lanes: i32): i32 {
  const zero = f32x4.splat(0);
  const above = i32x4.bitmask(f32x4.gt(votes, zero)) & lanes;
  return popcnt(above) - popcnt(i32x4.bitmask(f32x4.lt(votes, zero)) & lanes);
}

/** `ties_count`: that number from the accumulated votes, all in the first part. */
export function ties_count(
  result: usize,
  _base: usize,
  blocks: usize,
  cuts: usize,
  _m0: usize,
  _m1: usize,
  _m2: usize,
  _m3: usize,
  blockCount: i32,
  segmentCount: i32,
  _firstModel: i32,
  _modelCount: i32,
  totalModels: i32,
  _combine: i32,
  _weightedVotes: i32,
  _majority: i32,
  _zero: i32,
  _lambda: f32,
  _w0: f32,
  _w1: f32,
  _w2: f32,
  _w3: f32,
  part: i32,
  _parts: i32,
): void {
  if (part !== 0) return;
  let net = 0;
  for (let b = 0; b < blockCount; b++) {
    const block = blocks + bytesOf(3 * b);
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const votes = load<f32>(result + <usize>i * PART_BYTES);
      net += <i32>(votes > 0) - <i32>(votes < 0);
    }
  }
  const word = cuts + (<usize>(segmentCount * totalModels) << 4);
  store<i32>(word, load<i32>(word) + net);
}
