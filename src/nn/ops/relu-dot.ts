import wgsl from '../../../shaders/relu-dot.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';
import { emitReluDotBackward } from './click-loss.ts';

export const RELU_DOT_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 1e-5 };

/**
 * ReLU and a layer of one output.   y[n] = relu(x[n]) · w + b
 * @shape   x f32[N, C], w f32[C], b f32[1] -> y f32[N]
 * @grad    dX overwrites or accumulates (0 where x <= 0), dw and db accumulate
 * @limits  none
 * @errors  none
 * @numeric f32, sums over C in order; |y - f64| <= (4e-6 + 1e-5 |y|) √C for terms of size 1,
 *          gradients the same with √N more
 */
export function reluDot(
  graph: Graph,
  x: Value,
  weight: Parameter,
  bias: Parameter,
  { rows, width }: { rows: number; width: number },
): Value {
  const out = graph.value('relu dot', rows);
  graph.emit(KERNEL, { out, x, weight: weight.weight, bias: bias.weight }, { rows, width });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    emitReluDotBackward(graph, { x, dy, weight, bias }, { rows, width });
  });
  return out;
}

const KERNEL = defineKernel({
  name: 'relu_dot',
  wgsl,
  entry: 'relu_dot',
  bindings: [...write('out'), ...read('x', 'weight', 'bias')],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  work: ({ rows = 0, width = 0 }) => ({ flops: 2 * rows * width, bytes: 4 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, x, weight, bias } = buffers as Record<'out' | 'x' | 'weight' | 'bias', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let sum = bias[0]!;
      for (let c = 0; c < width; c++) sum += Math.max(x[row * width + c]!, 0) * weight[c]!;
      out[row] = sum;
    }
  },
});

export const RELU_DOT_KERNELS = [KERNEL];
