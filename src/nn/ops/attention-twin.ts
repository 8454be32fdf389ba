import type { TwinArray, TwinBuffers, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';
import { keepFactor } from './dropout-mask.ts';

type Names = 'out' | 'lse' | 'qkv' | 'spans' | 'dqkv' | 'delta' | 'dout';

/** Factor of the probability of a key, counted from its segment's start: 1 without dropout. */
type Keep = (row: number, head: number, key: number) => number;

function keepOf(buffers: TwinBuffers, uniforms: Uniforms): Keep {
  const { draw } = buffers;
  if (draw === undefined) return () => 1;
  const heads = uniform(uniforms, 'heads');
  return (row, head, key) =>
    keepFactor(draw, uniforms, (draw[2]! + row) * heads + head, key >> 2, key % 4);
}

function sizesOf(uniforms: Uniforms) {
  const heads = uniform(uniforms, 'heads');
  const kvHeads = uniform(uniforms, 'kv_heads');
  const width = uniform(uniforms, 'D4') * 4;
  return {
    rows: uniform(uniforms, 'rows'),
    heads,
    kvHeads,
    width,
    group: heads / kvHeads,
    stride: (heads + 2 * kvHeads) * width,
    scale: uniform(uniforms, 'scale'),
    isCausal: uniform(uniforms, 'causal') !== 0,
  };
}

function dot(a: TwinArray, aAt: number, b: TwinArray, bAt: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += a[aAt + d]! * b[bAt + d]!;
  return sum;
}

/** target[at + d] += factor * source[sourceAt + d] */
function addScaled(
  target: TwinArray,
  at: number,
  factor: number,
  source: TwinArray,
  sourceAt: number,
  width: number,
): void {
  for (let d = 0; d < width; d++) target[at + d] = target[at + d]! + factor * source[sourceAt + d]!;
}

/** Reference twin of `attention` and, where a mask is drawn, `attention_dropout`: two passes (maximum first), not the shader's online form. */
export function attentionForward(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { out, lse, qkv, spans } = buffers as Record<Names, TwinArray>;
  const { rows, heads, width, group, stride, scale, kvHeads, isCausal } = sizesOf(uniforms);
  const keep = keepOf(buffers, uniforms);
  const scores: number[] = [];
  for (let row = 0; row < rows; row++) {
    const start = spans[2 * row]!;
    const segmentEnd = spans[2 * row + 1]!;
    const isPadding = start === segmentEnd;
    const end = isCausal ? row + 1 : segmentEnd;
    for (let head = 0; head < heads; head++) {
      const query = row * stride + head * width;
      const kColumn = (heads + Math.floor(head / group)) * width;
      const vColumn = kColumn + kvHeads * width;
      const target = (row * heads + head) * width;
      out.fill(0, target, target + width);
      lse[row * heads + head] = 0;
      if (isPadding) continue;
      let peak = -Infinity;
      for (let j = start; j < end; j++) {
        const score = dot(qkv, query, qkv, j * stride + kColumn, width) * scale;
        scores[j - start] = score;
        if (score > peak) peak = score;
      }
      let total = 0;
      for (let j = start; j < end; j++) total += Math.exp(scores[j - start]! - peak);
      for (let j = start; j < end; j++) {
        const p = Math.exp(scores[j - start]! - peak) / total;
        addScaled(out, target, p * keep(row, head, j - start), qkv, j * stride + vColumn, width);
      }
      lse[row * heads + head] = peak + Math.log(total);
    }
  }
}

/** Reference twin of `attention_queries`. */
export function attentionQueries(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { dqkv, delta, dout, out, lse, qkv, spans } = buffers as Record<Names, TwinArray>;
  const { rows, heads, width, group, stride, scale, kvHeads, isCausal } = sizesOf(uniforms);
  const keep = keepOf(buffers, uniforms);
  for (let row = 0; row < rows; row++) {
    const start = spans[2 * row]!;
    const segmentEnd = spans[2 * row + 1]!;
    const isPadding = start === segmentEnd;
    const end = isCausal ? row + 1 : segmentEnd;
    for (let head = 0; head < heads; head++) {
      const at = row * heads + head;
      const query = row * stride + head * width;
      const kColumn = (heads + Math.floor(head / group)) * width;
      const vColumn = kColumn + kvHeads * width;
      const ownDelta = dot(dout, at * width, out, at * width, width);
      delta[at] = ownDelta;
      dqkv.fill(0, query, query + width);
      if (isPadding) continue;
      for (let j = start; j < end; j++) {
        const base = j * stride;
        const p = Math.exp(dot(qkv, query, qkv, base + kColumn, width) * scale - lse[at]!);
        const kept = keep(row, head, j - start);
        const gain = kept * dot(dout, at * width, qkv, base + vColumn, width);
        addScaled(dqkv, query, p * (gain - ownDelta) * scale, qkv, base + kColumn, width);
      }
    }
  }
}

/** Reference twin of `attention_keys`. */
export function attentionKeys(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { dqkv, delta, dout, lse, qkv, spans } = buffers as Record<Names, TwinArray>;
  const { rows, heads, kvHeads, width, group, stride, scale, isCausal } = sizesOf(uniforms);
  const keep = keepOf(buffers, uniforms);
  for (let row = 0; row < rows; row++) {
    const isPadding = spans[2 * row] === spans[2 * row + 1];
    const end = isPadding ? row : spans[2 * row + 1]!;
    const first = isCausal || isPadding ? row : spans[2 * row]!;
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const key = row * stride + (heads + kvHead) * width;
      const value = key + kvHeads * width;
      dqkv.fill(0, key, key + width);
      dqkv.fill(0, value, value + width);
      for (let i = first; i < end; i++) {
        for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
          const at = i * heads + head;
          const query = i * stride + head * width;
          const p = Math.exp(dot(qkv, query, qkv, key, width) * scale - lse[at]!);
          const kept = keep(i, head, row - spans[2 * row]!);
          const gain = kept * dot(dout, at * width, qkv, value, width);
          addScaled(dqkv, key, p * (gain - delta[at]!) * scale, qkv, query, width);
          addScaled(dqkv, value, p * kept, dout, at * width, width);
        }
      }
    }
  }
}
