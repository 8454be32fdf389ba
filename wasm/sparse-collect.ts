import { bytesOf, shareStart } from './share';

/** `sparse_collect`: shares of blocks. In float64 with one rounding an element, as the twin. */
export function sparse_collect(
  sum: usize,
  divisor: usize,
  delta: usize,
  votes: usize,
  blocks: usize,
  weights: usize,
  blockCount: i32,
  segmentCount: i32,
  model: i32,
  _smallest: f32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const weight = <f64>load<f32>(weights + bytesOf(model * segmentCount + load<i32>(block, 8)));
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const at = <usize>i << 2;
      const x = load<f32>(delta + at);
      const vote = load<f32>(votes + at);
      if (!((x > 0 && vote >= 0) || (x < 0 && vote < 0))) continue;
      store<f32>(sum + at, <f32>(<f64>load<f32>(sum + at) + weight * <f64>x));
      store<f32>(divisor + at, <f32>(<f64>load<f32>(divisor + at) + weight));
    }
  }
}

/** `sparse_collect_finish`: shares of blocks. The base is bound as `delta`. */
export function sparse_collect_finish(
  sum: usize,
  divisor: usize,
  base: usize,
  _votes: usize,
  blocks: usize,
  _weights: usize,
  blockCount: i32,
  _segmentCount: i32,
  _model: i32,
  smallest: f32,
  part: i32,
  parts: i32,
): void {
  const least = <f64>smallest;
  const last = shareStart(blockCount, part + 1, parts);
  for (let b = shareStart(blockCount, part, parts); b < last; b++) {
    const block = blocks + bytesOf(3 * b);
    const end = load<u32>(block, 4);
    for (let i = load<u32>(block); i < end; i++) {
      const at = <usize>i << 2;
      const share = <f64>load<f32>(sum + at) / max(<f64>load<f32>(divisor + at), least);
      store<f32>(sum + at, <f32>(<f64>load<f32>(base + at) + share));
    }
  }
}
