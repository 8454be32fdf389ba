import forwardWgsl from '../../../shaders/rmsnorm.wgsl?raw';
import backwardWgsl from '../../../shaders/rmsnorm-backward.wgsl?raw';
import backwardLanesWgsl from '../../../shaders/rmsnorm-backward-lanes.wgsl?raw';
import lanesWgsl from '../../../shaders/rmsnorm-lanes.wgsl?raw';
import {
  defineKernel,
  linearGroups,
  type KernelVariant,
  type TwinArray,
} from '../../compute/kernel.ts';
import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, u32, write } from '../../compute/kernel-fields.ts';
import { emitColumnSum, PARTIAL_ROWS } from './column-sum.ts';

export const RMSNORM_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 4e-6 };

/**
 * RMSNorm over the last axis.   y = x * r * w,  r = 1 / sqrt(mean(x²) + eps)
 * @shape   x f32[N, C], w f32[C] -> y f32[N, C]; saves r f32[N]
 * @grad    dX overwrites or accumulates; dW accumulates
 * @limits  C divisible by 4
 * @errors  shape-mismatch
 * @numeric f32, fixed order; |y - f64| <= 4e-6 + 4e-6 |y|; same bits on repeat
 * @source  Zhang & Sennrich 2019, arXiv:1910.07467
 */
export function rmsnorm(
  graph: Graph,
  x: Value,
  parameter: Parameter,
  sizes: { rows: number; width: number; eps: number },
): Value {
  const { rows, width, eps } = sizes;
  const out = graph.value('rmsnorm', rows * width);
  const inverse = graph.value('rmsnorm inverse', rows);
  const { weight, gradient } = parameter;
  graph.emit(FORWARD, { out, inverse, x, w: weight }, { rows, width, accumulate: 0, eps });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    if (gradient !== null) {
      const chunks = Math.ceil(rows / PARTIAL_ROWS);
      const partial = graph.value('rmsnorm partial', chunks * width);
      graph.emit(
        WEIGHT_PARTIAL,
        { out: partial, dy, x, w: weight, inverse },
        { rows, width, accumulate: 0, chunk: PARTIAL_ROWS },
      );
      emitColumnSum(graph, gradient, partial, { rows: chunks, width });
    }
    const { target, accumulate } = graph.gradientTarget(x);
    graph.emit(
      BACKWARD,
      { out: target, dy, x, w: weight, inverse },
      { rows, width, accumulate, chunk: PARTIAL_ROWS },
    );
  });
  return out;
}

/** Hardware adapters: several threads a row, more of them for wide rows. */
function laneVariants(wgsl: string, entry: string): readonly KernelVariant[] {
  return [64, 16].map((lanes) => ({
    name: `lanes${lanes}`,
    wgsl: () => wgsl,
    entry,
    constants: { LANES: lanes },
    groups: (uniforms) => linearGroups(uniform(uniforms, 'rows') * lanes, 64),
    suits: ({ isSoftware }, uniforms) => !isSoftware && uniform(uniforms, 'width') >= 4 * lanes,
  }));
}

const FORWARD = defineKernel({
  name: 'rmsnorm',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out', 'inverse'), ...read('x', 'w')],
  uniforms: [...u32('rows', 'width', 'accumulate'), ...f32('eps')],
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  variants: laneVariants(lanesWgsl, 'forward'),
  work: ({ rows = 0, width = 0 }) => ({ flops: 4 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, inverse, x, w } = buffers as Record<'out' | 'inverse' | 'x' | 'w', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let squares = 0;
      for (let c = 0; c < width; c++) squares += x[row * width + c]! ** 2;
      const r = 1 / Math.sqrt(squares / width + uniform(uniforms, 'eps'));
      inverse[row] = r;
      for (let c = 0; c < width; c++) out[row * width + c] = x[row * width + c]! * r * w[c]!;
    }
  },
});

type BackwardNames = 'out' | 'dy' | 'x' | 'w' | 'inverse';
const BACKWARD_BINDINGS = [...write('out'), ...read('dy', 'x', 'w', 'inverse')];
const BACKWARD_UNIFORMS = u32('rows', 'width', 'accumulate', 'chunk');

const BACKWARD = defineKernel({
  name: 'rmsnorm_backward',
  wgsl: backwardWgsl,
  entry: 'backward',
  bindings: BACKWARD_BINDINGS,
  uniforms: BACKWARD_UNIFORMS,
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  variants: laneVariants(backwardLanesWgsl, 'backward'),
  work: ({ rows = 0, width = 0 }) => ({ flops: 9 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, dy, x, w, inverse } = buffers as Record<BackwardNames, TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const base = row * width;
      const r = inverse[row]!;
      let products = 0;
      for (let c = 0; c < width; c++) products += dy[base + c]! * w[c]! * x[base + c]!;
      const shift = (products * r ** 3) / width;
      for (let c = 0; c < width; c++) {
        const value = dy[base + c]! * w[c]! * r - x[base + c]! * shift;
        out[base + c] = isAdding ? out[base + c]! + value : value;
      }
    }
  },
});

const WEIGHT_PARTIAL = defineKernel({
  name: 'rmsnorm_weight_partial',
  wgsl: backwardWgsl,
  entry: 'weight_partial',
  bindings: BACKWARD_BINDINGS,
  uniforms: BACKWARD_UNIFORMS,
  groups: perThread(
    (uniforms) =>
      (Math.ceil(uniform(uniforms, 'rows') / uniform(uniforms, 'chunk')) *
        uniform(uniforms, 'width')) /
      4,
  ),
  work: ({ rows = 0, width = 0 }) => ({ flops: 3 * rows * width, bytes: 8 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, dy, x, inverse } = buffers as Record<BackwardNames, TwinArray>;
    const rows = uniform(uniforms, 'rows');
    const width = uniform(uniforms, 'width');
    const chunk = uniform(uniforms, 'chunk');
    for (let first = 0, part = 0; first < rows; first += chunk, part++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let row = first; row < Math.min(first + chunk, rows); row++) {
          sum += dy[row * width + c]! * x[row * width + c]! * inverse[row]!;
        }
        out[part * width + c] = sum;
      }
    }
  },
});

export const RMSNORM_KERNELS = [FORWARD, BACKWARD, WEIGHT_PARTIAL];
