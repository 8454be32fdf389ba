import lanesWgsl from '../../../shaders/decode-attention-lanes.wgsl?raw';
import wgsl from '../../../shaders/decode-attention.wgsl?raw';
import {
  defineKernel,
  linearGroups,
  type KernelVariant,
  type TwinArray,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { BEAM_STATE } from './beam.ts';
import type { HeadSizes } from './rotary.ts';

export const DECODE_ATTENTION_TOLERANCE: Tolerance = { absolute: 1e-5, relative: 2e-5 };

export interface DecodeCache {
  /** Rotated q, k, v of the prompts, f32[users * length, (H+2K)D]. */
  readonly prompt: Operand;
  /** Rotated q, k, v of the beams' tokens, f32[steps * beams, (H+2K)D]. */
  readonly beamKv: Operand;
  /** i32[beams, stateStride]: from word 1 on the row of the beam's token at each step. */
  readonly state: Operand;
  /** u32[users]: prompt tokens. */
  readonly lengths: Operand;
}

export interface DecodeSizes {
  readonly beams: number;
  readonly beamsPerUser: number;
  /** Rows of a prompt. */
  readonly length: number;
  /** Of the new token; the first one after the prompt is step 0. */
  readonly step: number;
  /** Words of a state; BEAM_STATE when absent. */
  readonly stateStride?: number;
}

/**
 * Attention of one new token per beam over its user's cached prompt and its own earlier tokens.
 * Beams share the prompt's cache and find their ancestors by row: nothing is copied on reordering.
 * @shape   cache -> y f32[beams, H*D]
 * @grad    none (generation only)
 * @limits  as `attention`; at most min(256, stateStride - 1) steps
 * @errors  none
 * @numeric f32 online softmax; equals full attention over prompt + tokens within 1e-5 + 2e-5 |y|
 */
export function decodeAttention(
  graph: Graph,
  cache: DecodeCache,
  sizes: DecodeSizes & HeadSizes,
): Value {
  const { beams, beamsPerUser, length, step, heads, kvHeads, headWidth } = sizes;
  const { stateStride = BEAM_STATE } = sizes;
  const out = graph.value('decode attention', beams * heads * headWidth);
  const { prompt, beamKv, state, lengths } = cache;
  graph.emit(
    KERNEL,
    { out, prompt, beam_kv: beamKv, state, lengths },
    {
      beams,
      beams_per_user: beamsPerUser,
      length,
      step,
      heads,
      kv_heads: kvHeads,
      state_stride: stateStride,
      scale: 1 / Math.sqrt(headWidth),
    },
    { D4: headWidth / 4 },
  );
  return out;
}

/** A workgroup for each beam and head, its lanes over keys: few beams leave a GPU idle otherwise. */
const LANES: KernelVariant = {
  name: 'lanes',
  wgsl: () => lanesWgsl,
  entry: 'decode',
  groups: (uniforms) => linearGroups(uniform(uniforms, 'beams') * uniform(uniforms, 'heads'), 1),
  suits: ({ isSoftware }) => !isSoftware,
};

const KERNEL = defineKernel({
  name: 'decode_attention',
  wgsl,
  entry: 'decode',
  bindings: [
    ...write('out'),
    ...read('prompt', 'beam_kv'),
    { name: 'state', type: 'i32', access: 'read' },
    ...readU32('lengths'),
  ],
  uniforms: [
    ...u32('beams', 'beams_per_user', 'length', 'step', 'heads', 'kv_heads', 'state_stride'),
    ...f32('scale'),
  ],
  constants: ['D4'],
  groups: perThread((uniforms) => uniform(uniforms, 'beams') * uniform(uniforms, 'heads')),
  variants: [LANES],
  work: ({ beams = 0, heads = 0, length = 0, step = 0, D4 = 0 }) => {
    return { flops: 16 * D4 * beams * heads * (length + step) };
  },
  twin: decodeTwin,
});

function decodeTwin(buffers: TwinBuffers, uniforms: Uniforms): void {
  type Names = 'out' | 'prompt' | 'beam_kv' | 'state' | 'lengths';
  const { out, prompt, beam_kv: beamKv, state, lengths } = buffers as Record<Names, TwinArray>;
  const beams = uniform(uniforms, 'beams');
  const heads = uniform(uniforms, 'heads');
  const kvHeads = uniform(uniforms, 'kv_heads');
  const step = uniform(uniforms, 'step');
  const width = uniform(uniforms, 'D4') * 4;
  const stateStride = uniform(uniforms, 'state_stride');
  const stride = (heads + 2 * kvHeads) * width;
  for (let beam = 0; beam < beams; beam++) {
    const user = Math.floor(beam / uniform(uniforms, 'beams_per_user'));
    const rows: { readonly array: TwinArray; readonly at: number }[] = [];
    for (let j = 0; j < lengths[user]!; j++) {
      rows.push({ array: prompt, at: (user * uniform(uniforms, 'length') + j) * stride });
    }
    for (let s = 0; s <= step; s++) {
      const row = state[beam * stateStride + 1 + s]!;
      rows.push({ array: beamKv, at: (s * beams + row) * stride });
    }
    for (let head = 0; head < heads; head++) {
      const query = (step * beams + beam) * stride + head * width;
      const kColumn = (heads + Math.floor((head * kvHeads) / heads)) * width;
      const vColumn = kColumn + kvHeads * width;
      const scores = rows.map(({ array, at }) => {
        let sum = 0;
        for (let d = 0; d < width; d++) sum += beamKv[query + d]! * array[at + kColumn + d]!;
        return sum * uniform(uniforms, 'scale');
      });
      const peak = scores.reduce((a, b) => Math.max(a, b), -Infinity);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), 0);
      const target = (beam * heads + head) * width;
      out.fill(0, target, target + width);
      rows.forEach(({ array, at }, j) => {
        const p = Math.exp(scores[j]! - peak) / total;
        for (let d = 0; d < width; d++) {
          out[target + d] = out[target + d]! + p * array[at + vColumn + d]!;
        }
      });
    }
  }
}

export const DECODE_ATTENTION_KERNELS = [KERNEL];
