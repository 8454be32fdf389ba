import wgsl from '../../../shaders/normalize-rows.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export const NORMALIZE_ROWS_TOLERANCE: Tolerance = { absolute: 2e-6, relative: 4e-6 };

/** Squared length up to which a row counts as 0. */
const SHORTEST = 1e-24;

/**
 * Rows of length 1.   y = x * r,  r = 1 / |x|
 * Rows shorter than 1e-12 have no direction: they give 0 and have no gradient.
 * @shape   x f32[N, C] -> y f32[N, C]; saves r f32[N]
 * @grad    dX = r (dY - y (dY · y)) overwrites or accumulates
 * @limits  C divisible by 4
 * @errors  none
 * @numeric f32, fixed order; |y - f64| <= 2e-6 + 4e-6 |y|, gradients the same times r and √C
 */
export function normalizeRows(
  graph: Graph,
  x: Value,
  sizes: { rows: number; width: number },
): Value {
  const { rows, width } = sizes;
  const out = graph.value('unit rows', rows * width);
  const inverse = graph.value('inverse lengths', rows);
  graph.emit(FORWARD, { out, inverse, x, dy: x }, { rows, width, accumulate: 0 });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    const { target, accumulate } = graph.gradientTarget(x);
    graph.emit(BACKWARD, { out: target, inverse, x: out, dy }, { rows, width, accumulate });
  });
  return out;
}

const COMMON = {
  wgsl,
  bindings: [...write('out', 'inverse'), ...read('x', 'dy')],
  uniforms: u32('rows', 'width', 'accumulate'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
} as const;

type Names = 'out' | 'inverse' | 'x' | 'dy';

const FORWARD = defineKernel({
  ...COMMON,
  name: 'normalize_rows',
  entry: 'forward',
  work: ({ rows = 0, width = 0 }) => ({ flops: 3 * rows * width, bytes: 8 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, inverse, x } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let squares = 0;
      for (let c = row * width; c < (row + 1) * width; c++) squares += x[c]! ** 2;
      const r = squares <= SHORTEST ? 0 : 1 / Math.sqrt(squares);
      inverse[row] = r;
      for (let c = row * width; c < (row + 1) * width; c++) out[c] = x[c]! * r;
    }
  },
});

const BACKWARD = defineKernel({
  ...COMMON,
  name: 'normalize_rows_backward',
  entry: 'backward',
  work: ({ rows = 0, width = 0 }) => ({ flops: 5 * rows * width, bytes: 12 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, inverse, x, dy } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let along = 0;
      for (let c = row * width; c < (row + 1) * width; c++) along += dy[c]! * x[c]!;
      for (let c = row * width; c < (row + 1) * width; c++) {
        const value = inverse[row]! * (dy[c]! - along * x[c]!);
        out[c] = isAdding ? out[c]! + value : value;
      }
    }
  },
});

export const NORMALIZE_ROWS_KERNELS = [FORWARD, BACKWARD];
