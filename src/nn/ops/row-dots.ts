import wgsl from '../../../shaders/row-dots.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export interface RowDotOperands {
  /** f32[N]: the dot products, then their gradient. */
  readonly dots: Operand;
  readonly a: Operand;
  readonly b: Operand;
  /** Added to. */
  readonly da: Operand;
  /** Overwritten. */
  readonly db: Operand;
}

/**
 * Dot products of rows of two matrices, or the gradient of it.   dots[n] = a[n] · b[n]
 * @shape   a, b f32[N, C] -> dots f32[N]
 * @grad    da accumulates, db overwrites
 * @limits  C divisible by 4
 * @errors  none
 * @numeric f32 over columns in order; |dots - f64| <= 2e-6 √C + 1e-5 |dots| for terms of size 1
 */
export function emitRowDots(
  graph: Graph,
  direction: 'forward' | 'backward',
  operands: RowDotOperands,
  sizes: { rows: number; width: number },
): void {
  graph.emit(direction === 'forward' ? FORWARD : BACKWARD, { ...operands }, sizes);
}

const COMMON = {
  wgsl,
  bindings: [...write('dots', 'da', 'db'), ...read('a', 'b')],
  uniforms: u32('rows', 'width'),
} as const;

const FORWARD = defineKernel({
  ...COMMON,
  name: 'row_dots',
  entry: 'forward',
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const { dots, a, b } = buffers as Record<keyof RowDotOperands, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let sum = 0;
      for (let at = row * width; at < (row + 1) * width; at++) sum += a[at]! * b[at]!;
      dots[row] = sum;
    }
  },
});

const BACKWARD = defineKernel({
  ...COMMON,
  name: 'row_dots_backward',
  entry: 'backward',
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    const { dots, da, db, a, b } = buffers as Record<keyof RowDotOperands, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let at = 0; at < uniform(uniforms, 'rows') * width; at++) {
      const d = dots[Math.floor(at / width)]!;
      da[at] = da[at]! + d * b[at]!;
      db[at] = d * a[at]!;
    }
  },
});

export const ROW_DOTS_KERNELS = [FORWARD, BACKWARD];
