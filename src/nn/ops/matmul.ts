import anyWgsl from '../../../shaders/matmul-any.wgsl?raw';
import {
  defineKernel,
  type Groups,
  type Kernel,
  type Uniforms,
  type Work,
} from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, read, u32, write } from '../../compute/kernel-fields.ts';
import type { MatmulLayout } from './matmul-parts.ts';
import { registerShader } from './matmul-registers.ts';
import { matmulTwin, type MatmulStrides } from './matmul-twin.ts';
import { matmulClass, matmulVariants, tileGroups } from './matmul-variants.ts';

/**
 * Bound on a product of sums over K terms of size about 1: rounding errors add up like a walk.
 * Documented as |out - f64| <= 2e-6 √K + 1e-5 |out|.
 */
export function matmulTolerance(K: number): Tolerance {
  return { absolute: 2e-6 * Math.sqrt(K), relative: 1e-5 };
}

export interface MatmulSizes {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Products of the same sizes in one dispatch; 1 when absent. */
  readonly batch?: number;
  /** Elements from one batch item to the next; packed when absent. */
  readonly aStride?: number;
  readonly bStride?: number;
  readonly outStride?: number;
  /** Factor of the product, not of what is added; 1 when absent. */
  readonly scale?: number;
}

export interface MatmulOperands {
  readonly out: Operand;
  readonly a: Operand;
  readonly b: Operand;
  /** Added to the product: laid out as `out`. */
  readonly residual?: Operand | undefined;
  /** Added to every row: f32[N]. Not together with `residual`. */
  readonly bias?: Operand | undefined;
}

/**
 * Matrix product in three layouts, out (+)= scale A . B (+ residual | + bias), for a batch of them:
 *   nt: A[M,K], B[N,K]    nn: A[M,K], B[K,N]    tn: A[K,M], B[K,N]
 * @shape   out f32[M, N], residual f32[M, N], bias f32[N]; all but the bias per batch item
 * @limits  register tiles need the contiguous sizes and strides divisible by 4; others take a
 *          scalar kernel; batch <= 65535
 * @errors  invalid-argument, limit-exceeded
 * @numeric f32, sums over K in a fixed order; |out - f64| <= 2e-6 √K + 1e-5 |out| for terms of size 1
 */
export function emitMatmul(
  graph: Graph,
  layout: MatmulLayout,
  operands: MatmulOperands,
  sizes: MatmulSizes,
  accumulate: 0 | 1,
): void {
  const { out, a, b, residual, bias } = operands;
  const { M, N, K, batch = 1, scale = 1 } = sizes;
  if (residual !== undefined && bias !== undefined) {
    throw new AppError('invalid-argument', 'A matrix product adds a residual or a bias, not both.');
  }
  if (batch > MAX_BATCH) {
    throw new AppError('limit-exceeded', `A batch of ${batch} products exceeds ${MAX_BATCH}.`);
  }
  const uniforms = {
    ...{ M, N, K, accumulate, batch, scale },
    residual_mode: residual !== undefined ? 1 : bias !== undefined ? 2 : 0,
    a_stride: sizes.aStride ?? M * K,
    b_stride: sizes.bStride ?? K * N,
    out_stride: sizes.outStride ?? M * N,
  };
  // WebGPU has no optional bindings: with nothing to add, `b` stands in and is not read.
  const bind = { out, a, b, residual: residual ?? bias ?? b };
  if (isTileable(layout, uniforms)) graph.emit(TILED[layout], bind, uniforms);
  else graph.emit(ANY, bind, { ...uniforms, ...strides(layout, uniforms) });
}

const MAX_BATCH = 65535;

function isTileable(layout: MatmulLayout, uniforms: Uniforms): boolean {
  const strides = uniform(uniforms, 'batch') > 1 ? ['a_stride', 'b_stride', 'out_stride'] : [];
  const contiguous = ['N', layout === 'tn' ? 'M' : 'K', ...strides];
  return contiguous.every((name) => uniform(uniforms, name) % 4 === 0);
}

function strides(layout: MatmulLayout, uniforms: Uniforms): MatmulStrides {
  const M = uniform(uniforms, 'M');
  const N = uniform(uniforms, 'N');
  const K = uniform(uniforms, 'K');
  switch (layout) {
    case 'nt':
      return { a_row: K, a_col: 1, b_row: 1, b_col: K };
    case 'nn':
      return { a_row: K, a_col: 1, b_row: N, b_col: 1 };
    case 'tn':
      return { a_row: 1, a_col: M, b_row: N, b_col: 1 };
  }
}

const UNIFORMS = [
  ...u32('M', 'N', 'K', 'accumulate', 'residual_mode'),
  ...u32('batch', 'a_stride', 'b_stride', 'out_stride'),
  ...f32('scale'),
];
const BINDINGS = [...write('out'), ...read('a', 'b', 'residual')];

/** 8x8 outputs a thread, 4x4 threads a workgroup: what runs everywhere. */
const PLAIN = { rows: 8, vectors: 2, quads: false, group: [4, 4], epilogue: 'dynamic' } as const;

function tiled(layout: MatmulLayout): Kernel {
  return defineKernel({
    name: `matmul_${layout}`,
    wgsl: registerShader({ ...PLAIN, layout }),
    entry: layout,
    bindings: BINDINGS,
    uniforms: UNIFORMS,
    groups: (uniforms) => tileGroups(uniforms, 32, 32),
    split: 'grid',
    work: matmulWork,
    twin: (buffers, uniforms) => {
      matmulTwin(buffers, uniforms, strides(layout, uniforms));
    },
    variants: matmulVariants(layout),
    sizeClass: matmulClass,
  });
}

const TILED: Record<MatmulLayout, Kernel> = { nt: tiled('nt'), nn: tiled('nn'), tn: tiled('tn') };

const ANY = defineKernel({
  name: 'matmul_any',
  wgsl: anyWgsl,
  entry: 'any_layout',
  bindings: BINDINGS,
  uniforms: [...UNIFORMS, ...u32('a_row', 'a_col', 'b_row', 'b_col')],
  groups: (uniforms): Groups => tileGroups(uniforms, 16, 16),
  split: 'grid',
  work: matmulWork,
  twin: (buffers, uniforms) => {
    matmulTwin(buffers, uniforms, {
      a_row: uniform(uniforms, 'a_row'),
      a_col: uniform(uniforms, 'a_col'),
      b_row: uniform(uniforms, 'b_row'),
      b_col: uniform(uniforms, 'b_col'),
    });
  },
});

export const MATMUL_KERNELS: readonly Kernel[] = [TILED.nt, TILED.nn, TILED.tn, ANY];

/** Both operands and the result once, the old result or a residual once more. */
function matmulWork(uniforms: Uniforms): Work {
  const { M = 0, N = 0, K = 0, batch = 1, accumulate = 0, residual_mode = 0 } = uniforms;
  const results = (1 + Number(accumulate !== 0) + Number(residual_mode === 1)) * M * N;
  return { flops: 2 * batch * M * N * K, bytes: 4 * batch * (M * K + K * N + results) };
}
