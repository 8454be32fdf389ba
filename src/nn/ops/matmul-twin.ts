import type { TwinArray, TwinBuffers, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';

/** Elements between neighbours of A[M, K] and B[K, N], whatever order they lie in. */
export interface MatmulStrides {
  readonly a_row: number;
  readonly a_col: number;
  readonly b_row: number;
  readonly b_col: number;
}

interface Sizes {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

type Names = 'out' | 'a' | 'b' | 'residual';

/**
 * out = scale A . B (+ old out) (+ residual) for every batch item. 4x4 outputs at a time in locals:
 * about four times the speed of the plain triple loop in V8.
 */
export function matmulTwin(buffers: TwinBuffers, uniforms: Uniforms, strides: MatmulStrides): void {
  const { out, a, b, residual } = buffers as Record<Names, TwinArray>;
  const get = (name: string) => uniform(uniforms, name);
  const sizes = { M: get('M'), N: get('N'), K: get('K') };
  const { M, N } = sizes;
  const isAdding = get('accumulate') !== 0;
  const mode = get('residual_mode');
  const scale = get('scale');
  const tile = new Float64Array(16);
  for (let item = 0; item < get('batch'); item++) {
    const first = item * get('out_stride');
    const bases = { a: item * get('a_stride'), b: item * get('b_stride') };
    for (let row = 0; row < M; row += 4) {
      for (let col = 0; col < N; col += 4) {
        tileProduct(tile, a, b, bases, row, col, sizes, strides);
        const rows = Math.min(4, M - row);
        const cols = Math.min(4, N - col);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < cols; j++) {
            const at = first + (row + i) * N + col + j;
            let sum = scale * tile[i * 4 + j]!;
            if (isAdding) sum += out[at]!;
            if (mode === 1) sum += residual[at]!;
            else if (mode === 2) sum += residual[col + j]!;
            out[at] = sum;
          }
        }
      }
    }
  }
}

function tileProduct(
  tile: Float64Array,
  a: TwinArray,
  b: TwinArray,
  bases: { readonly a: number; readonly b: number },
  row: number,
  col: number,
  { M, N, K }: Sizes,
  { a_row, a_col, b_row, b_col }: MatmulStrides,
): void {
  const ra0 = bases.a + row * a_row;
  const ra1 = bases.a + Math.min(row + 1, M - 1) * a_row;
  const ra2 = bases.a + Math.min(row + 2, M - 1) * a_row;
  const ra3 = bases.a + Math.min(row + 3, M - 1) * a_row;
  const cb0 = bases.b + col * b_col;
  const cb1 = bases.b + Math.min(col + 1, N - 1) * b_col;
  const cb2 = bases.b + Math.min(col + 2, N - 1) * b_col;
  const cb3 = bases.b + Math.min(col + 3, N - 1) * b_col;
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
