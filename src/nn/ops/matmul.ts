import anyWgsl from '../../../shaders/matmul-any.wgsl?raw';
import nnWgsl from '../../../shaders/matmul-nn.wgsl?raw';
import ntWgsl from '../../../shaders/matmul-nt.wgsl?raw';
import tnWgsl from '../../../shaders/matmul-tn.wgsl?raw';
import {
  defineKernel,
  type Groups,
  type Kernel,
  type TwinArray,
  type TwinBuffers,
  type Uniforms,
  type Work,
} from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph.ts';
import { read, u32, uniform, write, type Tolerance } from '../op.ts';

export type MatmulLayout = 'nt' | 'nn' | 'tn';

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
}

/**
 * Matrix product in three layouts, out (+)= A . B (+ residual):
 *   nt: A[M,K], B[N,K]    nn: A[M,K], B[K,N]    tn: A[K,M], B[K,N]
 * @shape   out f32[M, N], residual f32[M, N]
 * @limits  register tiles need the contiguous sizes divisible by 4; others take a scalar kernel
 * @errors  invalid-argument
 * @numeric f32, sums over K in index order; |out - f64| <= 2e-6 √K + 1e-5 |out| for terms of size 1
 */
export function emitMatmul(
  graph: Graph,
  layout: MatmulLayout,
  operands: { out: Operand; a: Operand; b: Operand; residual?: Operand | undefined },
  sizes: MatmulSizes,
  accumulate: 0 | 1,
): void {
  const { out, a, b, residual } = operands;
  // WebGPU has no optional bindings: without a residual, `b` stands in and is not read.
  const bind = { out, a, b, residual: residual ?? b };
  const uniforms = { ...sizes, accumulate, has_residual: residual === undefined ? 0 : 1 };
  if (isTileable(layout, sizes)) {
    graph.emit(TILED[layout], bind, uniforms);
  } else {
    graph.emit(ANY, bind, { ...uniforms, ...strides(layout, sizes) });
  }
}

function isTileable(layout: MatmulLayout, { M, N, K }: MatmulSizes): boolean {
  return N % 4 === 0 && (layout === 'tn' ? M % 4 === 0 : K % 4 === 0);
}

function strides(layout: MatmulLayout, { M, N, K }: MatmulSizes) {
  switch (layout) {
    case 'nt':
      return { a_row: K, a_col: 1, b_row: 1, b_col: K };
    case 'nn':
      return { a_row: K, a_col: 1, b_row: N, b_col: 1 };
    case 'tn':
      return { a_row: 1, a_col: M, b_row: N, b_col: 1 };
  }
}

const UNIFORMS = ['M', 'N', 'K', 'accumulate', 'has_residual'];

function tiled(layout: MatmulLayout, wgsl: string): Kernel {
  return defineKernel({
    name: `matmul_${layout}`,
    wgsl,
    entry: layout,
    bindings: [...write('out'), ...read('a', 'b', 'residual')],
    uniforms: u32(...UNIFORMS),
    groups: (uniforms) => tileGroups(uniforms, 8),
    work: matmulWork,
    twin: (buffers, uniforms) => {
      const sizes = {
        M: uniform(uniforms, 'M'),
        N: uniform(uniforms, 'N'),
        K: uniform(uniforms, 'K'),
      };
      multiply(buffers, uniforms, strides(layout, sizes));
    },
  });
}

const TILED: Record<MatmulLayout, Kernel> = {
  nt: tiled('nt', ntWgsl),
  nn: tiled('nn', nnWgsl),
  tn: tiled('tn', tnWgsl),
};

const ANY = defineKernel({
  name: 'matmul_any',
  wgsl: anyWgsl,
  entry: 'any_layout',
  bindings: [...write('out'), ...read('a', 'b', 'residual')],
  uniforms: u32(...UNIFORMS, 'a_row', 'a_col', 'b_row', 'b_col'),
  groups: (uniforms) => tileGroups(uniforms, 4),
  work: matmulWork,
  twin: (buffers, uniforms) => {
    multiply(buffers, uniforms, {
      a_row: uniform(uniforms, 'a_row'),
      a_col: uniform(uniforms, 'a_col'),
      b_row: uniform(uniforms, 'b_row'),
      b_col: uniform(uniforms, 'b_col'),
    });
  },
});

export const MATMUL_KERNELS: readonly Kernel[] = [TILED.nt, TILED.nn, TILED.tn, ANY];

/** Both operands and the result once, the old result or a residual once more. */
function matmulWork({ M = 0, N = 0, K = 0, accumulate = 0, has_residual = 0 }: Uniforms): Work {
  const results = (1 + Number(accumulate !== 0) + Number(has_residual !== 0)) * M * N;
  return { flops: 2 * M * N * K, bytes: 4 * (M * K + K * N + results) };
}

function tileGroups(uniforms: Uniforms, tile: number): Groups {
  const perGroup = 4 * tile;
  return [
    Math.ceil(uniform(uniforms, 'N') / perGroup),
    Math.ceil(uniform(uniforms, 'M') / perGroup),
    1,
  ];
}

interface Strides {
  readonly a_row: number;
  readonly a_col: number;
  readonly b_row: number;
  readonly b_col: number;
}

/** 4x4 outputs at a time in locals: about four times the speed of the plain triple loop in V8. */
function multiply(buffers: TwinBuffers, uniforms: Uniforms, strides: Strides): void {
  const { out, a, b, residual } = buffers as Record<'out' | 'a' | 'b' | 'residual', TwinArray>;
  const M = uniform(uniforms, 'M');
  const N = uniform(uniforms, 'N');
  const K = uniform(uniforms, 'K');
  const isAdding = uniform(uniforms, 'accumulate') !== 0;
  const hasResidual = uniform(uniforms, 'has_residual') !== 0;
  const tile = new Float64Array(16);
  for (let row = 0; row < M; row += 4) {
    for (let col = 0; col < N; col += 4) {
      tileProduct(tile, a, b, row, col, { M, N, K }, strides);
      const rows = Math.min(4, M - row);
      const cols = Math.min(4, N - col);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          const at = (row + i) * N + col + j;
          let sum = tile[i * 4 + j]!;
          if (isAdding) sum += out[at]!;
          if (hasResidual) sum += residual[at]!;
          out[at] = sum;
        }
      }
    }
  }
}

function tileProduct(
  tile: Float64Array,
  a: TwinArray,
  b: TwinArray,
  row: number,
  col: number,
  { M, N, K }: MatmulSizes,
  { a_row, a_col, b_row, b_col }: Strides,
): void {
  const ra0 = row * a_row;
  const ra1 = Math.min(row + 1, M - 1) * a_row;
  const ra2 = Math.min(row + 2, M - 1) * a_row;
  const ra3 = Math.min(row + 3, M - 1) * a_row;
  const cb0 = col * b_col;
  const cb1 = Math.min(col + 1, N - 1) * b_col;
  const cb2 = Math.min(col + 2, N - 1) * b_col;
  const cb3 = Math.min(col + 3, N - 1) * b_col;
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0,
    s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0,
    s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  for (let k = 0; k < K; k++) {
    const ka = k * a_col;
    const kb = k * b_row;
    const b0 = b[kb + cb0]!;
    const b1 = b[kb + cb1]!;
    const b2 = b[kb + cb2]!;
    const b3 = b[kb + cb3]!;
    let value = a[ra0 + ka]!;
    s00 += value * b0;
    s01 += value * b1;
    s02 += value * b2;
    s03 += value * b3;
    value = a[ra1 + ka]!;
    s10 += value * b0;
    s11 += value * b1;
    s12 += value * b2;
    s13 += value * b3;
    value = a[ra2 + ka]!;
    s20 += value * b0;
    s21 += value * b1;
    s22 += value * b2;
    s23 += value * b3;
    value = a[ra3 + ka]!;
    s30 += value * b0;
    s31 += value * b1;
    s32 += value * b2;
    s33 += value * b3;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
  tile[8] = s20;
  tile[9] = s21;
  tile[10] = s22;
  tile[11] = s23;
  tile[12] = s30;
  tile[13] = s31;
  tile[14] = s32;
  tile[15] = s33;
}
