import lanesWgsl from '../../../shaders/column-sum-lanes.wgsl?raw';
import wgsl from '../../../shaders/column-sum.wgsl?raw';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export const COLUMN_SUM = defineKernel({
  name: 'column_sum',
  wgsl,
  entry: 'column_sum',
  bindings: [...write('out'), ...read('partial')],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => uniform(uniforms, 'width')),
  variants: [
    {
      name: 'lanes',
      wgsl: () => lanesWgsl,
      entry: 'column_sum',
      groups: (uniforms) => linearGroups(uniform(uniforms, 'width'), 16),
      suits: ({ isSoftware }) => !isSoftware,
    },
  ],
  work: ({ rows = 0, width = 0 }) => ({ flops: rows * width }),
  twin: (buffers, uniforms) => {
    const { out, partial } = buffers as Record<'out' | 'partial', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let row = 0; row < uniform(uniforms, 'rows'); row++)
        sum += partial[row * width + column]!;
      out[column] = out[column]! + sum;
    }
  },
});

/** Rows of an activation that one thread of a `…_partial` kernel sums. */
export const PARTIAL_ROWS = 32;

/** Adds the columns of `partial` f32[rows, width] into `out` f32[width], in a fixed order. */
export function emitColumnSum(
  graph: Graph,
  out: Operand,
  partial: Operand,
  sizes: { rows: number; width: number },
): void {
  graph.emit(COLUMN_SUM, { out, partial }, sizes);
}
