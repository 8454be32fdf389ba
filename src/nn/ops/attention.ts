import backwardWgsl from '../../../shaders/attention-backward.wgsl?raw';
import forwardWgsl from '../../../shaders/attention.wgsl?raw';
import { defineKernel, type Uniforms } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import {
  ATTENTION_DROPOUT,
  ATTENTION_DROPOUT_KEYS,
  ATTENTION_DROPOUT_QUERIES,
} from './attention-dropout.ts';
import { attentionForward, attentionKeys, attentionQueries } from './attention-twin.ts';
import { attentionVariants } from './attention-variants.ts';
import { siteUniforms, type DropoutSite } from './dropout-mask.ts';
import type { HeadSizes } from './rotary.ts';

export const ATTENTION_TOLERANCE: Tolerance = { absolute: 1e-5, relative: 2e-5 };

/**
 * Grouped-query attention within segments of rows, one score at a time: no T x T matrix.
 *   y[n] = sum_j softmax_j(q_n . k_j / sqrt(D)) v_j over start(n) <= j <= n, or over all of the
 *   segment, start(n) <= j < end(n), where it is not causal
 * A segment is a sequence: padded rows hold one each, packed rows several. Padding costs nothing.
 * @shape   qkv f32[N, (H+2K)D], spans u32[N, 2] (see `fillSpans`) -> y f32[N, H*D];
 *          saves lse f32[N, H]; padding rows (start = end) give y = 0
 *          `length`: of the segments, when they fill the rows; only operation counts depend on it
 * @param dropout of the probabilities; the kernels are then others, with the tolerance of these
 * @grad    dQKV overwrites (its only consumer), from the saved log-sum-exp
 * @limits  D divisible by 4 and at most 128; H divisible by K; N < 2³¹
 * @errors  none
 * @numeric f32 online softmax in key order; |y - f64| <= 1e-5 + 2e-5 |y|
 * @source  Dao 2023, arXiv:2307.08691; Ainslie et al. 2023, arXiv:2305.13245
 */
export function attention(
  graph: Graph,
  qkv: Value,
  spans: Operand,
  sizes: { rows: number; length: number; isCausal?: boolean } & HeadSizes,
  dropout?: DropoutSite,
): Value {
  const { rows, length, heads, kvHeads, headWidth, isCausal = true } = sizes;
  const out = graph.value('attention', rows * heads * headWidth);
  const lse = graph.value('attention lse', rows * heads);
  const scale = 1 / Math.sqrt(headWidth);
  // For the profiler; no kernel reads it.
  const pairs = rows * heads * (isCausal ? (length + 1) / 2 : length);
  const causal = isCausal ? 1 : 0;
  const uniforms = { rows, heads, kv_heads: kvHeads, causal, scale, pairs };
  const constants = { D4: headWidth / 4, TILE: tileOf(headWidth) };
  if (dropout !== undefined) {
    const { draw } = dropout;
    const drawn = { ...uniforms, ...siteUniforms(dropout) };
    const own = { D4: headWidth / 4 };
    graph.emit(ATTENTION_DROPOUT, { out, lse, qkv, spans, draw }, drawn, own);
    graph.onBackward(() => {
      const dout = graph.gradientOf(out);
      if (dout === null) return;
      const delta = graph.value('attention delta', rows * heads);
      const dqkv = graph.gradientTarget(qkv).target;
      const bind = { dqkv, delta, dout, out, lse, qkv, spans, draw };
      graph.emit(ATTENTION_DROPOUT_QUERIES, bind, drawn, own);
      graph.emit(ATTENTION_DROPOUT_KEYS, bind, drawn, own);
    });
    return out;
  }
  graph.emit(FORWARD, { out, lse, qkv, spans }, uniforms, constants);
  graph.onBackward(() => {
    const dout = graph.gradientOf(out);
    if (dout === null) return;
    const delta = graph.value('attention delta', rows * heads);
    const bind = { dqkv: graph.gradientTarget(qkv).target, delta, dout, out, lse, qkv, spans };
    graph.emit(QUERIES, bind, uniforms, constants);
    graph.emit(KEYS, bind, uniforms, constants);
  });
  return out;
}

const UNIFORMS = [...u32('rows', 'heads', 'kv_heads', 'causal'), ...f32('scale')];

/** Positions a thread handles together; wide heads would not fit into registers. */
function tileOf(headWidth: number): number {
  return headWidth <= 32 ? 4 : 1;
}

function tiles(uniforms: Uniforms): number {
  return Math.ceil(uniform(uniforms, 'rows') / uniform(uniforms, 'TILE'));
}

const FORWARD = defineKernel({
  name: 'attention',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out', 'lse'), ...read('qkv'), ...readU32('spans')],
  uniforms: UNIFORMS,
  constants: ['D4', 'TILE'],
  groups: perThread((uniforms) => tiles(uniforms) * uniform(uniforms, 'heads')),
  split: 'linear',
  variants: attentionVariants('forward'),
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: 4 * 4 * D4 * pairs }),
  twin: attentionForward,
});

const BACKWARD_BINDINGS = [
  ...write('dqkv', 'delta'),
  ...read('dout', 'out', 'lse', 'qkv'),
  ...readU32('spans'),
];

const QUERIES = defineKernel({
  name: 'attention_queries',
  wgsl: backwardWgsl,
  entry: 'queries',
  bindings: BACKWARD_BINDINGS,
  uniforms: UNIFORMS,
  constants: ['D4', 'TILE'],
  groups: perThread((uniforms) => tiles(uniforms) * uniform(uniforms, 'heads')),
  split: 'linear',
  variants: attentionVariants('queries'),
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: 6 * 4 * D4 * pairs }),
  twin: attentionQueries,
});

const KEYS = defineKernel({
  name: 'attention_keys',
  wgsl: backwardWgsl,
  entry: 'keys',
  bindings: BACKWARD_BINDINGS,
  uniforms: UNIFORMS,
  constants: ['D4', 'TILE'],
  groups: perThread((uniforms) => tiles(uniforms) * uniform(uniforms, 'kv_heads')),
  split: 'linear',
  variants: attentionVariants('keys'),
  work: ({ pairs = 0, D4 = 0 }) => ({ flops: 8 * 4 * D4 * pairs }),
  twin: attentionKeys,
});

export const ATTENTION_KERNELS = [FORWARD, QUERIES, KEYS];
