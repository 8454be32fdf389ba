import backwardWgsl from '../../../shaders/attention-backward.wgsl?raw';
import forwardWgsl from '../../../shaders/attention.wgsl?raw';
import { defineKernel, type Uniforms } from '../../compute/kernel.ts';
import type { Graph, Value } from '../graph.ts';
import { f32, perThread, read, u32, uniform, write, type Tolerance } from '../op.ts';
import { attentionForward, attentionKeys, attentionQueries } from './attention-twin.ts';
import type { HeadSizes } from './rotary.ts';

export const ATTENTION_TOLERANCE: Tolerance = { absolute: 1e-5, relative: 2e-5 };

/**
 * Causal grouped-query attention over whole sequences, one score at a time: no T x T matrix.
 *   y[t] = sum_{j<=t} softmax_j(q_t . k_j / sqrt(D)) v_j
 * @shape   qkv f32[B*T, (H+2K)D] -> y f32[B*T, H*D]; saves lse f32[B*T, H]
 * @grad    dQKV overwrites (its only consumer), from the saved log-sum-exp
 * @limits  D divisible by 4 and at most 128; H divisible by K. Padding must stand at the end of a
 *          row: causality then keeps it out of every earlier position
 * @errors  none
 * @numeric f32 online softmax in key order; |y - f64| <= 1e-5 + 2e-5 |y|
 * @source  Dao 2023, arXiv:2307.08691; Ainslie et al. 2023, arXiv:2305.13245
 */
export function attention(
  graph: Graph,
  qkv: Value,
  sizes: { batch: number; length: number } & HeadSizes,
): Value {
  const { batch, length, heads, kvHeads, headWidth } = sizes;
  const rows = batch * length;
  const out = graph.value('attention', rows * heads * headWidth);
  const lse = graph.value('attention lse', rows * heads);
  const uniforms = { batch, length, heads, kv_heads: kvHeads, scale: 1 / Math.sqrt(headWidth) };
  const constants = { D4: headWidth / 4, TILE: tileOf(headWidth) };
  graph.emit(FORWARD, { out, lse, qkv }, uniforms, constants);
  graph.onBackward(() => {
    const dout = graph.gradientOf(out);
    if (dout === null) return;
    const delta = graph.value('attention delta', rows * heads);
    const bind = { dqkv: graph.gradientTarget(qkv).target, delta, dout, out, lse, qkv };
    graph.emit(QUERIES, bind, uniforms, constants);
    graph.emit(KEYS, bind, uniforms, constants);
  });
  return out;
}

const UNIFORMS = [...u32('batch', 'length', 'heads', 'kv_heads'), ...f32('scale')];

/** Positions a thread handles together; wide heads would not fit into registers. */
function tileOf(headWidth: number): number {
  return headWidth <= 32 ? 4 : 1;
}

function tiles(uniforms: Uniforms): number {
  const perRow = Math.ceil(uniform(uniforms, 'length') / uniform(uniforms, 'TILE'));
  return uniform(uniforms, 'batch') * perRow;
}

const FORWARD = defineKernel({
  name: 'attention',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out', 'lse'), ...read('qkv')],
  uniforms: UNIFORMS,
  constants: ['D4', 'TILE'],
  groups: perThread((uniforms) => tiles(uniforms) * uniform(uniforms, 'heads')),
  twin: attentionForward,
});

const BACKWARD_BINDINGS = [...write('dqkv', 'delta'), ...read('dout', 'out', 'lse', 'qkv')];

const QUERIES = defineKernel({
  name: 'attention_queries',
  wgsl: backwardWgsl,
  entry: 'queries',
  bindings: BACKWARD_BINDINGS,
  uniforms: UNIFORMS,
  constants: ['D4', 'TILE'],
  groups: perThread((uniforms) => tiles(uniforms) * uniform(uniforms, 'heads')),
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
  twin: attentionKeys,
});

export const ATTENTION_KERNELS = [FORWARD, QUERIES, KEYS];
