import wgsl from '../../../shaders/scatter-rows.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { gatherRows } from './embedding.ts';

/** Slot of a row that is not selected. */
export const NOT_SELECTED = 0xffffffff;

/**
 * Some rows of a matrix, for work that the others do not need.   y[s] = x[selected[s]]
 * @shape   x f32[N, C], selected u32[S] -> y f32[S, C]; slots u32[N] is the inverse: where row n
 *          stands in y, NOT_SELECTED for rows left out
 * @grad    dX overwrites or accumulates; a row selected more than once gets the gradient of the
 *          place that `slots` names (the others must have none)
 * @limits  C divisible by 4
 * @errors  none
 * @numeric exact
 */
export function selectRows(
  graph: Graph,
  x: Value,
  index: { selected: Operand; slots: Operand },
  sizes: { rows: number; selected: number; width: number },
): Value {
  const { rows, selected, width } = sizes;
  const out = gatherRows(graph, x, index.selected, { rows: selected, width });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    const { target: dx, accumulate } = graph.gradientTarget(x);
    graph.emit(SCATTER, { dx, dy, slots: index.slots }, { rows, width, accumulate });
  });
  return out;
}

const SCATTER = defineKernel({
  name: 'scatter_rows',
  wgsl,
  entry: 'scatter',
  bindings: [...write('dx'), ...read('dy'), ...readU32('slots')],
  uniforms: u32('rows', 'width', 'accumulate'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    const { dx, dy, slots } = buffers as Record<'dx' | 'dy' | 'slots', TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const slot = slots[row]!;
      for (let c = 0; c < width; c++) {
        const value = slot === NOT_SELECTED ? 0 : dy[slot * width + c]!;
        dx[row * width + c] = isAdding ? dx[row * width + c]! + value : value;
      }
    }
  },
});

export const SELECT_ROWS_KERNELS = [SCATTER];
