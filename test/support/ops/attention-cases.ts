import { RandomStream } from '../../../src/core/rng.ts';
import { attentionForward, attentionQueries } from '../../../src/nn/ops/attention-twin.ts';
import { ATTENTION_KERNELS, ATTENTION_TOLERANCE } from '../../../src/nn/ops/attention.ts';
import type { KernelCase } from './check-kernel.ts';

interface Sizes {
  /** Rows of the segments; 0 is a row of padding. */
  readonly segments: readonly number[];
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly isCausal: boolean;
}

function spansOf(segments: readonly number[]): Uint32Array {
  const spans: number[] = [];
  for (const length of segments) {
    const start = spans.length / 2;
    if (length === 0) spans.push(start, start);
    for (let i = 0; i < length; i++) spans.push(start, start + length);
  }
  return Uint32Array.from(spans);
}

/** The three kernels on the same rows; what the backward ones read comes from the twins. */
function attention({ segments, heads, kvHeads, headWidth, isCausal }: Sizes): KernelCase[] {
  const spans = spansOf(segments);
  const rows = spans.length / 2;
  const width = rows * (heads + 2 * kvHeads) * headWidth;
  const random = new RandomStream(43, 'attention');
  const normals = (count: number) =>
    Float32Array.from({ length: count }, () => random.nextNormal());
  const poison = (count: number) => new Float32Array(count).fill(NaN);
  const qkv = normals(width);
  const dout = normals(rows * heads * headWidth);
  const scale = Math.fround(1 / Math.sqrt(headWidth));
  const uniforms = { rows, heads, kv_heads: kvHeads, causal: isCausal ? 1 : 0, scale };
  const tile = headWidth <= 32 ? 4 : 1;
  const constants = { D4: headWidth / 4, TILE: tile };
  const outputs = { out: poison(dout.length), lse: poison(rows * heads) };
  const gradients = { dqkv: new Float32Array(width), delta: poison(rows * heads) };
  const out = new Float32Array(dout.length);
  const lse = new Float32Array(rows * heads);
  const delta = new Float32Array(rows * heads);
  const all = { ...uniforms, ...constants };
  attentionForward({ out, lse, qkv, spans }, all);
  const scrap = new Float32Array(width);
  attentionQueries({ dqkv: scrap, delta, dout, out, lse, qkv, spans }, all);
  const tolerance = {
    absolute: ATTENTION_TOLERANCE.absolute * Math.sqrt(Math.max(...segments)),
    relative: ATTENTION_TOLERANCE.relative,
  };
  const data: Record<string, KernelCase['data']> = {
    attention: { ...outputs, qkv, spans },
    attention_queries: { ...gradients, dout, out, lse, qkv, spans },
    attention_keys: { ...gradients, delta, dout, out, lse, qkv, spans },
  };
  return ATTENTION_KERNELS.map((kernel) => ({
    name:
      `${isCausal ? '' : 'bidirectional '}${kernel.name} ${segments.join(' ')} rows, ` +
      `${heads}/${kvHeads} heads of ${headWidth}`,
    kernel,
    data: data[kernel.name] ?? {},
    uniforms,
    constants,
    tolerance,
  }));
}

/** Segments past one block of keys, and around the ends of tiles. */
export const ATTENTION_CASES: readonly KernelCase[] = [true, false].flatMap((isCausal) =>
  [
    { segments: [257, 0, 24, 25, 6], heads: 2, kvHeads: 1, headWidth: 8 },
    { segments: [0, 530, 1], heads: 1, kvHeads: 1, headWidth: 4 },
  ].flatMap((sizes) => attention({ ...sizes, isCausal })),
);
