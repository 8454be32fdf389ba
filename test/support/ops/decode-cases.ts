import { RandomStream } from '../../../src/core/rng.ts';
import { BEAM_STATE } from '../../../src/nn/ops/beam.ts';
import {
  DECODE_ATTENTION_KERNELS,
  DECODE_ATTENTION_TOLERANCE,
} from '../../../src/nn/ops/decode-attention.ts';
import type { KernelCase } from './check-kernel.ts';

interface Sizes {
  readonly lengths: readonly number[];
  readonly beamsPerUser: number;
  readonly length: number;
  readonly step: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly stateStride?: number;
}

function decodeAttention(sizes: Sizes): KernelCase {
  const { lengths, beamsPerUser, length, step, heads, kvHeads, headWidth } = sizes;
  const { stateStride = BEAM_STATE } = sizes;
  const [kernel] = DECODE_ATTENTION_KERNELS;
  if (kernel === undefined) throw new Error('no decode_attention');
  const beams = lengths.length * beamsPerUser;
  const stride = (heads + 2 * kvHeads) * headWidth;
  const random = new RandomStream(41, 'decode');
  const normals = (count: number) =>
    Float32Array.from({ length: count }, () => random.nextNormal());
  const state = Int32Array.from({ length: beams * stateStride }, (_, i) => {
    const user = Math.floor(i / stateStride / beamsPerUser);
    return user * beamsPerUser + random.nextInt(beamsPerUser);
  });
  // The newest token of a beam is its own.
  for (let beam = 0; beam < beams; beam++) state[beam * stateStride + 1 + step] = beam;
  return {
    name:
      `decode_attention ${lengths.join(' ')} keys, ${beamsPerUser} beams, step ${step}, ` +
      `${heads}/${kvHeads} heads of ${headWidth}`,
    kernel,
    data: {
      out: new Float32Array(beams * heads * headWidth).fill(NaN),
      prompt: normals(lengths.length * length * stride),
      beam_kv: normals((step + 1) * beams * stride),
      state,
      lengths: Uint32Array.from(lengths),
    },
    uniforms: {
      beams,
      beams_per_user: beamsPerUser,
      length,
      step,
      heads,
      kv_heads: kvHeads,
      state_stride: stateStride,
      scale: 1 / Math.sqrt(headWidth),
    },
    constants: { D4: headWidth / 4 },
    tolerance: DECODE_ATTENTION_TOLERANCE,
  };
}

/** Prompts of one token and of more than one block of keys, single beams, shared kv heads. */
export const DECODE_CASES: readonly KernelCase[] = [
  decodeAttention({
    ...{ lengths: [1], beamsPerUser: 1, length: 1, step: 0 },
    ...{ heads: 1, kvHeads: 1, headWidth: 4 },
  }),
  decodeAttention({
    ...{ lengths: [7, 12, 1], beamsPerUser: 5, length: 12, step: 2 },
    ...{ heads: 4, kvHeads: 2, headWidth: 16 },
  }),
  decodeAttention({
    ...{ lengths: [64, 33], beamsPerUser: 25, length: 64, step: 6 },
    ...{ heads: 2, kvHeads: 1, headWidth: 20 },
  }),
  decodeAttention({
    ...{ lengths: [300, 257, 513], beamsPerUser: 3, length: 513, step: 1 },
    ...{ heads: 1, kvHeads: 1, headWidth: 8 },
  }),
  decodeAttention({
    ...{ lengths: [70, 1, 33], beamsPerUser: 26, length: 70, step: 31, stateStride: 33 },
    ...{ heads: 2, kvHeads: 1, headWidth: 16 },
  }),
];
