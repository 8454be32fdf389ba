import wgsl from '../../../shaders/loss-total.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { read, u32, write } from '../../compute/kernel-fields.ts';

export const LOSS_TOTAL_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 1e-5 };

/**
 * Adds the row losses of a micro-batch to the step's total.   total[0] += Σ loss
 * @shape   loss f32[N] -> total f32[1]
 * @grad    none: the row losses are seeded where they are made
 * @limits  none
 * @errors  none
 * @numeric f32 in row order; |total - f64| <= 1e-6 + 1e-5 |total| up to 1000 rows of one sign
 */
export function lossTotal(graph: Graph, total: Operand, loss: Operand, rows: number): void {
  graph.emit(LOSS_TOTAL, { total, loss }, { rows });
}

export const LOSS_TOTAL = defineKernel({
  name: 'loss_total',
  wgsl,
  entry: 'loss_total',
  bindings: [...write('total'), ...read('loss')],
  uniforms: u32('rows'),
  groups: () => [1, 1, 1],
  twin: (buffers, uniforms) => {
    const { total, loss } = buffers as Record<'total' | 'loss', TwinArray>;
    let sum = 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) sum += loss[row]!;
    total[0] = total[0]! + sum;
  },
});
