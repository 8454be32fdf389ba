import {
  defineKernel,
  type Kernel,
  type TwinArray,
  type Uniforms,
  type Work,
} from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';
import { read, u32, write } from '../../compute/kernel-fields.ts';
import { registerShader } from './matmul-registers.ts';
import { matmulTwin } from './matmul-twin.ts';
import {
  matmulClass,
  swigluBackwardVariants,
  swigluVariants,
  tileGroups,
} from './matmul-variants.ts';
import { swigluBackwardTwin, swigluTwin } from './swiglu.ts';

/** 8x8 outputs a thread, 4x4 threads a workgroup: what runs everywhere. */
const PLAIN = { rows: 8, vectors: 2, quads: false, group: [4, 4] } as const;

/**
 * Gate and up with their activation in one dispatch.   gu = a . bᵀ,  hidden = silu(g) * u
 * @shape   a f32[M, K], b f32[N, K], N = 2F, gates first -> out = gu f32[M, 2F], hidden f32[M, F]
 * @limits  F and K divisible by 4
 * @numeric as `emitMatmul` and `swiglu` one after the other
 */
export const MATMUL_SWIGLU = defineKernel({
  name: 'matmul_nt_swiglu',
  wgsl: registerShader({ ...PLAIN, layout: 'nt', epilogue: 'swiglu' }),
  entry: 'nt',
  bindings: [...write('out', 'hidden'), ...read('a', 'b')],
  uniforms: u32('M', 'N', 'K'),
  groups: (uniforms) => tileGroups(uniforms, 32, 32),
  split: 'grid',
  work: ({ M = 0, N = 0, K = 0 }) => fusedWork(M, N, K, 1.5 * N),
  twin: (buffers, uniforms) => {
    const { out, hidden, a, b } = buffers as Record<'out' | 'hidden' | 'a' | 'b', TwinArray>;
    const K = uniform(uniforms, 'K');
    const strides = { a_row: K, a_col: 1, b_row: 1, b_col: K };
    matmulTwin({ out, a, b, residual: b }, alone(uniforms), strides);
    swigluTwin(hidden, out, uniform(uniforms, 'M'), uniform(uniforms, 'N') / 2);
  },
  variants: swigluVariants(),
  sizeClass: matmulClass,
});

/**
 * The way back, from the gradient of what `down` made of hidden; that of hidden is never stored.
 *   d = a . b,  out = (d u s (1 + g (1 - s)), d g s),  s = 1 / (1 + e^-g)
 * @shape   a f32[M, K], b f32[K, N], N = F, gu f32[M, 2F] -> out f32[M, 2F]
 * @limits  F and K divisible by 4
 * @numeric as `emitMatmul` and the gradient of `swiglu` one after the other
 */
export const MATMUL_SWIGLU_BACKWARD = defineKernel({
  name: 'matmul_nn_swiglu',
  wgsl: registerShader({ ...PLAIN, layout: 'nn', epilogue: 'swiglu-backward' }),
  entry: 'nn',
  bindings: [...write('out'), ...read('a', 'b', 'gu')],
  uniforms: u32('M', 'N', 'K'),
  groups: (uniforms) => tileGroups(uniforms, 32, 32),
  split: 'grid',
  work: ({ M = 0, N = 0, K = 0 }) => fusedWork(M, N, K, 4 * N),
  twin: (buffers, uniforms) => {
    const { out, a, b, gu } = buffers as Record<'out' | 'a' | 'b' | 'gu', TwinArray>;
    const M = uniform(uniforms, 'M');
    const N = uniform(uniforms, 'N');
    const strides = { a_row: uniform(uniforms, 'K'), a_col: 1, b_row: N, b_col: 1 };
    const d = new Float64Array(M * N);
    matmulTwin({ out: d, a, b, residual: b }, alone(uniforms), strides);
    swigluBackwardTwin(out, gu, d, M, N);
  },
  variants: swigluBackwardVariants(),
  sizeClass: matmulClass,
});

export const MATMUL_SWIGLU_KERNELS: readonly Kernel[] = [MATMUL_SWIGLU, MATMUL_SWIGLU_BACKWARD];

/** One product with nothing added. */
function alone(uniforms: Uniforms): Uniforms {
  const single = { batch: 1, a_stride: 0, b_stride: 0, out_stride: 0 };
  return { ...uniforms, ...single, accumulate: 0, residual_mode: 0, scale: 1 };
}

/** Operations of the product alone; `others`: numbers a row beside the operands. */
function fusedWork(M: number, N: number, K: number, others: number): Work {
  return { flops: 2 * M * N * K, bytes: 4 * (M * K + K * N + M * others) };
}
