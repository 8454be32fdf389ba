import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** Gradient elements of one partial sum, as in src/nn/ops/optimizer.ts. */
const CHUNK: i32 = 4096;
/** Weights that share a learning-rate and a decay multiplier. */
const BLOCK: i32 = 64;
/**
 * Smaller first moments become 0. Where a weight gets no gradient any more (a token that stays
 * away), its moment shrinks until it is subnormal, which makes the arithmetic 50 times slower, and
 * rounding keeps it there for ever. The step it could still make is below 1e-22 learning rates.
 */
const SMALLEST_MOMENT: f32 = 1e-30;

/** `sum_squares`: shares of chunks. */
export function sum_squares(
  partial: usize,
  gradients: usize,
  length: i32,
  part: i32,
  parts: i32,
): void {
  const chunks = (length + CHUNK - 1) / CHUNK;
  const last = shareStart(chunks, part + 1, parts);
  for (let chunk = shareStart(chunks, part, parts); chunk < last; chunk++) {
    const first = chunk * CHUNK;
    const end = gradients + bytesOf(min(first + CHUNK, length));
    let a = f32x4.splat(0);
    let b = a;
    let at = gradients + bytesOf(first);
    for (; at + 32 <= end; at += 32) {
      const x = v128.load(at);
      const y = v128.load(at, 16);
      a = madd(x, x, a);
      b = madd(y, y, b);
    }
    let sum = sum4(f32x4.add(a, b));
    for (; at < end; at += 4) sum += load<f32>(at) * load<f32>(at);
    store<f32>(partial + bytesOf(chunk), sum);
  }
}

/** `step_control`: loss, norm and clip factor, all in the first part. */
export function step_control(
  control: usize,
  stats: usize,
  loss: usize,
  partial: usize,
  hyper: usize,
  rows: i32,
  chunks: i32,
  part: i32,
  _parts: i32,
): void {
  if (part !== 0) return;
  const sum = <f32>sumOf(loss, rows);
  const norm = <f32>Math.sqrt(sumOf(partial, chunks));
  const clip = load<f32>(hyper, 7 << 2);
  const isGood = isFinite<f32>(sum) && isFinite<f32>(norm) && load<f32>(control, 8) == 0;
  let factor: f32 = 0;
  if (isGood) factor = clip > 0 ? min<f32>(1, clip / (norm + <f32>1e-6)) : 1;
  store<f32>(control, factor);
  store<f32>(control, norm, 4);
  if (!isGood) store<f32>(control, 1, 8);
  const slot = stats + (<usize>load<f32>(hyper, 8 << 2) << 4);
  store<f32>(slot, sum * load<f32>(hyper));
  store<f32>(slot, norm, 4);
  store<f32>(slot, factor, 8);
  store<f32>(slot, isGood ? <f32>0 : <f32>1, 12);
}

/** `loss_total`: adds the rows' losses, all in the first part. */
export function loss_total(total: usize, loss: usize, rows: i32, part: i32, _parts: i32): void {
  if (part !== 0) return;
  store<f32>(total, load<f32>(total) + <f32>sumOf(loss, rows));
}

function sumOf(base: usize, count: i32): f64 {
  const end = base + bytesOf(count);
  let sum: f64 = 0;
  for (let at = base; at < end; at += 4) sum += <f64>load<f32>(at);
  return sum;
}

/** `adamw`: shares of blocks. A factor of 0 only clears the gradients. */
export function adamw(
  weights: usize,
  gradients: usize,
  m: usize,
  v: usize,
  blocks: usize,
  control: usize,
  hyper: usize,
  length: i32,
  part: i32,
  parts: i32,
): void {
  const count = (length + BLOCK - 1) / BLOCK;
  const last = shareStart(count, part + 1, parts);
  const factor = load<f32>(control);
  if (factor === 0) {
    const from = shareStart(count, part, parts) * BLOCK;
    const to = min(last * BLOCK, length);
    memory.fill(gradients + bytesOf(from), 0, bytesOf(to - from));
    return;
  }
  const learningRate = load<f32>(hyper, 1 << 2);
  const beta1 = load<f32>(hyper, 2 << 2);
  const beta2 = load<f32>(hyper, 3 << 2);
  const decay = load<f32>(hyper, 9 << 2);
  const clip4 = f32x4.splat(factor);
  const keep1 = f32x4.splat(beta1);
  const keep2 = f32x4.splat(beta2);
  const take1 = f32x4.splat(<f32>1 - beta1);
  const take2 = f32x4.splat(<f32>1 - beta2);
  const eps = f32x4.splat(load<f32>(hyper, 4 << 2));
  const correction2 = f32x4.splat(load<f32>(hyper, 6 << 2));
  const zero = f32x4.splat(0);
  const smallest = f32x4.splat(SMALLEST_MOMENT);
  for (let block = shareStart(count, part, parts); block < last; block++) {
    const rate = learningRate * load<f32>(blocks + (<usize>block << 3));
    const shrink = f32x4.splat(<f32>1 - rate * decay * load<f32>(blocks + (<usize>block << 3), 4));
    const rate4 = f32x4.splat(-rate * load<f32>(hyper, 5 << 2));
    const end = bytesOf(min((block + 1) * BLOCK, length));
    for (let at = bytesOf(block * BLOCK); at < end; at += 16) {
      const g = f32x4.mul(v128.load(gradients + at), clip4);
      v128.store(gradients + at, zero);
      const moment = madd(keep1, v128.load(m + at), f32x4.mul(take1, g));
      const first = v128.andnot(moment, f32x4.lt(f32x4.abs(moment), smallest));
      const second = madd(keep2, v128.load(v + at), f32x4.mul(f32x4.mul(take2, g), g));
      v128.store(m + at, first);
      v128.store(v + at, second);
      const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction2)), eps);
      const step = f32x4.div(f32x4.mul(rate4, first), root);
      v128.store(weights + at, madd(v128.load(weights + at), shrink, step));
    }
  }
}
