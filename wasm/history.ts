import { reluDot } from './click-loss';
import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** Row of a sequence's candidate. */
// @ts-ignore: decorator
@inline
function candidateOf(candidates: usize, sequence: i32): i32 {
  return load<i32>(candidates + bytesOf(sequence));
}

// @ts-ignore: decorator
@inline
function spanStart(spans: usize, row: i32): i32 {
  return load<i32>(spans + (<usize>row << 3));
}

// @ts-ignore: decorator
@inline
function spanEnd(spans: usize, row: i32): i32 {
  return load<i32>(spans + (<usize>row << 3), 4);
}

/** `pair_rows`: shares of rows. */
export function pair_rows(
  pairs: usize,
  x: usize,
  candidates: usize,
  spans: usize,
  sequences: i32,
  length: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const rows = sequences * length;
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const candidate = candidateOf(candidates, row / length);
    const target = pairs + <usize>row * bytes * 3;
    if (row == candidate || row < spanStart(spans, candidate) || row >= spanEnd(spans, candidate)) {
      memory.fill(target, 0, bytes * 3);
      continue;
    }
    const own = x + <usize>row * bytes;
    const other = x + <usize>candidate * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      const a = v128.load(own + c);
      const b = v128.load(other + c);
      v128.store(target + c, a);
      v128.store(target + bytes + c, b);
      v128.store(target + 2 * bytes + c, f32x4.mul(a, b));
    }
  }
}

/** `pair_rows_backward`: shares of sequences, whose candidates sum over their histories. */
export function pair_rows_backward(
  dx: usize,
  dpairs: usize,
  x: usize,
  candidates: usize,
  spans: usize,
  sequences: i32,
  length: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(sequences, part + 1, parts);
  for (let sequence = shareStart(sequences, part, parts); sequence < last; sequence++) {
    const candidate = candidateOf(candidates, sequence);
    const start = spanStart(spans, candidate);
    const end = spanEnd(spans, candidate);
    const own = <usize>candidate * bytes;
    if (!accumulate) memory.fill(dx + <usize>(sequence * length) * bytes, 0, bytes * <usize>length);
    for (let c: usize = 0; c < bytes; c += 16) {
      const other = v128.load(x + own + c);
      let sum = f32x4.splat(0);
      for (let row = start; row < end; row++) {
        if (row == candidate) continue;
        const at = <usize>row * bytes + c;
        const from = dpairs + <usize>row * bytes * 3 + c;
        const d3 = v128.load(from + 2 * bytes);
        sum = f32x4.add(sum, madd(d3, v128.load(x + at), v128.load(from + bytes)));
        add(dx + at, madd(d3, other, v128.load(from)));
      }
      add(dx + own + c, sum);
    }
  }
}

/** `pool_history`: shares of sequences. */
export function pool_history(
  out: usize,
  x: usize,
  weights: usize,
  candidates: usize,
  spans: usize,
  sequences: i32,
  _length: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(sequences, part + 1, parts);
  for (let sequence = shareStart(sequences, part, parts); sequence < last; sequence++) {
    const candidate = candidateOf(candidates, sequence);
    const start = spanStart(spans, candidate);
    const end = spanEnd(spans, candidate);
    const target = out + <usize>sequence * bytes * 3;
    for (let c: usize = 0; c < bytes; c += 16) {
      const own = v128.load(x + <usize>candidate * bytes + c);
      let pooled = f32x4.splat(0);
      for (let row = start; row < end; row++) {
        if (row == candidate) continue;
        const weight = v128.load32_splat(weights + bytesOf(row));
        pooled = madd(weight, v128.load(x + <usize>row * bytes + c), pooled);
      }
      v128.store(target + c, pooled);
      v128.store(target + bytes + c, own);
      v128.store(target + 2 * bytes + c, f32x4.mul(pooled, own));
    }
  }
}

/** `pool_history_backward`: shares of rows. */
export function pool_history_backward(
  dx: usize,
  dweights: usize,
  dout: usize,
  x: usize,
  weights: usize,
  out: usize,
  candidates: usize,
  spans: usize,
  sequences: i32,
  length: i32,
  width: i32,
  accumulate: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const rows = sequences * length;
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const candidate = candidateOf(candidates, row / length);
    const from = dout + <usize>(row / length) * bytes * 3;
    const pooled = out + <usize>(row / length) * bytes * 3;
    const target = dx + <usize>row * bytes;
    if (!accumulate) memory.fill(target, 0, bytes);
    let sums = f32x4.splat(0);
    if (row == candidate) {
      for (let c: usize = 0; c < bytes; c += 16) {
        const d3 = v128.load(from + 2 * bytes + c);
        add(target + c, madd(d3, v128.load(pooled + c), v128.load(from + bytes + c)));
      }
    } else if (row >= spanStart(spans, candidate) && row < spanEnd(spans, candidate)) {
      const weight = v128.load32_splat(weights + bytesOf(row));
      const own = x + <usize>row * bytes;
      const other = x + <usize>candidate * bytes;
      for (let c: usize = 0; c < bytes; c += 16) {
        const dp = madd(v128.load(from + 2 * bytes + c), v128.load(other + c), v128.load(from + c));
        sums = madd(dp, v128.load(own + c), sums);
        add(target + c, f32x4.mul(weight, dp));
      }
    }
    store<f32>(dweights + bytesOf(row), sum4(sums));
  }
}

/** `relu_dot`: shares of rows. */
export function relu_dot(
  out: usize,
  x: usize,
  weight: usize,
  bias: usize,
  rows: i32,
  width: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(rows, part + 1, parts);
  for (let row = shareStart(rows, part, parts); row < last; row++) {
    const y = reluDot(load<f32>(bias), x + <usize>row * bytesOf(width), weight, width);
    store<f32>(out + bytesOf(row), y);
  }
}

/** Adds four numbers to what is at a place. */
// @ts-ignore: decorator
@inline
function add(target: usize, value: v128): void {
  v128.store(target, f32x4.add(v128.load(target), value));
}
