import wgsl from '../../../shaders/gather-backward.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { gatherRows } from './embedding.ts';

export const GATHER_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 4e-6 };

/** Device copies of a `GatherIndex`. */
export interface GatherOperands {
  /** u32[N], each below R. */
  readonly ids: Operand;
  /** u32[R + 1]. */
  readonly starts: Operand;
  /** u32[N]. */
  readonly positions: Operand;
}

/**
 * Rows of an activation by index; a row may be taken any number of times.   y[n] = x[ids[n]]
 * @shape   x f32[R, C], ids u32[N] -> y f32[N, C]
 * @grad    dX overwrites or accumulates, all R rows: each sums its places in rising order
 * @limits  C divisible by 4; ids < R (checked on the host)
 * @errors  none
 * @numeric forward exact; |dX - f64| <= 1e-6 + 4e-6 |dX|, times √N
 */
export function gather(
  graph: Graph,
  x: Value,
  { ids, starts, positions }: GatherOperands,
  sizes: { rows: number; taken: number; width: number },
): Value {
  const { rows, taken, width } = sizes;
  const out = gatherRows(graph, x, ids, { rows: taken, width });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    const { target: dx, accumulate } = graph.gradientTarget(x);
    graph.emit(BACKWARD, { dx, dy, starts, positions }, { rows, width, accumulate });
  });
  return out;
}

const BACKWARD = defineKernel({
  name: 'gather_backward',
  wgsl,
  entry: 'gather_backward',
  bindings: [...write('dx'), ...read('dy'), ...readU32('starts', 'positions')],
  uniforms: u32('rows', 'width', 'accumulate'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    type Names = 'dx' | 'dy' | 'starts' | 'positions';
    const { dx, dy, starts, positions } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      for (let c = 0; c < width; c++) {
        let sum = isAdding ? dx[row * width + c]! : 0;
        for (let i = starts[row]!; i < starts[row + 1]!; i++) sum += dy[positions[i]! * width + c]!;
        dx[row * width + c] = sum;
      }
    }
  },
});

export const GATHER_KERNELS = [BACKWARD];
