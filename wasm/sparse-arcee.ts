import { exp64, log64 } from './exp64';
import { bytesOf, shareStart } from './share';

const EPSILON: f64 = 1e-8;

/**
 * `arcee_scores`: shares of blocks; the block of a row's first element does the row. Sums are made in
 * float64, in the order of the elements, by the form of the divergence whose terms have one sign.
 */
export function arcee_scores(
  result: usize,
  base: usize,
  model: usize,
  scores: usize,
  blocks: usize,
  rows: usize,
  thresholds: usize,
  blockCount: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const start = load<u32>(block);
    const end = load<u32>(block, 4);
    const tensor = rows + (<usize>load<u32>(block, 8) << 3);
    const first = load<u32>(tensor);
    const length = load<u32>(tensor, 4);
    // First row that begins in this block.
    const skipped = (start - first + length - 1) / length;
    for (let row = first + skipped * length; row < end; row += length) {
      const at = <usize>row << 2;
      scoreRow(result + at, base + at, model + at, length);
    }
  }
}

function scoreRow(result: usize, base: usize, model: usize, length: u32): void {
  const end = <usize>length << 2;
  let topQ: f64 = -Infinity;
  let topP: f64 = -Infinity;
  for (let at: usize = 0; at < end; at += 4) {
    topQ = max<f64>(topQ, <f64>load<f32>(base + at));
    topP = max<f64>(topP, <f64>load<f32>(model + at));
  }
  let totalQ: f64 = 0;
  let totalP: f64 = 0;
  for (let at: usize = 0; at < end; at += 4) {
    totalQ += exp64(<f64>load<f32>(base + at) - topQ);
    totalP += exp64(<f64>load<f32>(model + at) - topP);
  }
  let divergence: f64 = 0;
  for (let at: usize = 0; at < end; at += 4) {
    const q = exp64(<f64>load<f32>(base + at) - topQ) / totalQ;
    const p = exp64(<f64>load<f32>(model + at) - topP) / totalP;
    divergence += (q + EPSILON) * phi((p - q) / (q + EPSILON));
  }
  divergence = max<f64>(divergence, 0);
  for (let at: usize = 0; at < end; at += 4) {
    const x = <f64>load<f32>(model + at) - <f64>load<f32>(base + at);
    store<f32>(result + at, <f32>(abs(x) * divergence));
  }
}

/** (1 + t) ln(1 + t) - t for t > -1, never negative: next to 0 by its series. */
// @ts-ignore: decorator
@inline
function phi(t: f64): f64 {
  if (abs(t) > 0.1) return (1 + t) * log64(max<f64>(1 + t, 1e-300)) - t;
  let sum: f64 = 1.0 / 132;
  sum = 1.0 / 110 - t * sum;
  sum = 1.0 / 90 - t * sum;
  sum = 1.0 / 72 - t * sum;
  sum = 1.0 / 56 - t * sum;
  sum = 1.0 / 42 - t * sum;
  sum = 1.0 / 30 - t * sum;
  sum = 1.0 / 20 - t * sum;
  sum = 1.0 / 12 - t * sum;
  sum = 1.0 / 6 - t * sum;
  sum = 1.0 / 2 - t * sum;
  return t * t * sum;
}

/** `arcee_select`: shares of blocks. */
export function arcee_select(
  result: usize,
  base: usize,
  model: usize,
  scores: usize,
  blocks: usize,
  rows: usize,
  thresholds: usize,
  blockCount: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const threshold = load<f32>(thresholds + (<usize>load<u32>(block, 8) << 2));
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const at = <usize>i << 2;
      const chosen = load<f32>(scores + at) >= threshold ? model : base;
      store<f32>(result + at, load<f32>(chosen + at));
    }
  }
}
