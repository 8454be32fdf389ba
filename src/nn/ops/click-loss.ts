import backwardWgsl from '../../../shaders/click-loss-backward.wgsl?raw';
import wgsl from '../../../shaders/click-loss.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Parameter, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';
import { emitColumnSum } from './column-sum.ts';

export const CLICK_LOSS_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 1e-5 };

export interface ClickLossInputs {
  /** i32[N]: 1 clicked, 0 not, -100 not scored. */
  readonly labels: Operand;
  readonly hyper: Operand;
}

/** Logits stay readable where the graph keeps them. */
export interface ClickLoss {
  /** f32[N] */
  readonly logits: Value;
  /** f32[N], unscaled, in nats. */
  readonly loss: Value;
}

/**
 * Last layer of a click head and its binary cross-entropy.
 *   z[n] = relu(x[n]) · w + b,   loss[n] = log(1 + e^z) - y z
 * @shape   x f32[N, C], w f32[C], b f32[1], labels i32[N]
 * @grad    scaled by hyper[0]; dX overwrites or accumulates (0 where x <= 0), dw and db accumulate
 * @limits  none
 * @errors  none
 * @numeric f32, sums over C in order; |z - f64| <= (4e-6 + 1e-5 |z|) √C for terms of size 1, loss
 *          and gradients the same
 * @source  GPSD, arXiv:2506.03699
 */
export function clickLoss(
  graph: Graph,
  x: Value,
  weight: Parameter,
  bias: Parameter,
  { labels, hyper }: ClickLossInputs,
  { rows, width }: { rows: number; width: number },
): ClickLoss {
  const logits = graph.value('click logits', rows);
  const loss = graph.value('loss', rows);
  const dlogits = graph.value('d click logits', rows);
  const forward = { logits, loss, dlogits, x, weight: weight.weight, bias: bias.weight };
  graph.emit(FORWARD, { ...forward, labels, hyper }, { rows, width });
  emitReluDotBackward(graph, { x, dy: dlogits, weight, bias }, { rows, width });
  return { logits, loss };
}

/** Gradients of y[n] = relu(x[n]) · w + b from dy f32[N]: dX by the rules, dw and db accumulate. */
export function emitReluDotBackward(
  graph: Graph,
  { x, dy, weight, bias }: { x: Value; dy: Value; weight: Parameter; bias: Parameter },
  { rows, width }: { rows: number; width: number },
): void {
  const partial = graph.value('d weights of rows', rows * width);
  const { target: dx, accumulate } = graph.gradientTarget(x);
  const bind = { dx, partial, dlogits: dy, x, weight: weight.weight };
  graph.emit(BACKWARD, bind, { rows, width, accumulate });
  if (weight.gradient !== null) emitColumnSum(graph, weight.gradient, partial, { rows, width });
  if (bias.gradient !== null) emitColumnSum(graph, bias.gradient, dy, { rows, width: 1 });
}

type ForwardNames = 'logits' | 'loss' | 'dlogits' | 'x' | 'weight' | 'bias' | 'labels' | 'hyper';

const FORWARD = defineKernel({
  name: 'click_loss',
  wgsl,
  entry: 'click_loss',
  bindings: [
    ...write('logits', 'loss', 'dlogits'),
    ...read('x', 'weight', 'bias'),
    { name: 'labels', type: 'i32', access: 'read' },
    ...read('hyper'),
  ],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  work: ({ rows = 0, width = 0 }) => ({ flops: 2 * rows * width, bytes: 4 * rows * width }),
  twin: (buffers, uniforms) => {
    const named = buffers as Record<ForwardNames, TwinArray>;
    const { logits, loss, dlogits, x, weight, bias, labels, hyper } = named;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      let z = bias[0]!;
      for (let c = 0; c < width; c++) z += Math.max(x[row * width + c]!, 0) * weight[c]!;
      logits[row] = z;
      const y = labels[row]!;
      const e = Math.exp(-Math.abs(z));
      const p = (z >= 0 ? 1 : e) / (1 + e);
      loss[row] = y < 0 ? 0 : Math.max(z, 0) - y * z + Math.log1p(e);
      dlogits[row] = y < 0 ? 0 : (p - y) * hyper[0]!;
    }
  },
});

type BackwardNames = 'dx' | 'partial' | 'dlogits' | 'x' | 'weight';

const BACKWARD = defineKernel({
  name: 'click_loss_backward',
  wgsl: backwardWgsl,
  entry: 'click_loss_backward',
  bindings: [...write('dx', 'partial'), ...read('dlogits', 'x', 'weight')],
  uniforms: u32('rows', 'width', 'accumulate'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows') * uniform(uniforms, 'width')),
  work: ({ rows = 0, width = 0 }) => ({ flops: 2 * rows * width, bytes: 12 * rows * width }),
  twin: (buffers, uniforms) => {
    const { dx, partial, dlogits, x, weight } = buffers as Record<BackwardNames, TwinArray>;
    const width = uniform(uniforms, 'width');
    const isAdding = uniform(uniforms, 'accumulate') !== 0;
    for (let at = 0; at < uniform(uniforms, 'rows') * width; at++) {
      const dz = dlogits[Math.floor(at / width)]!;
      const value = x[at]!;
      const d = value > 0 ? dz * weight[at % width]! : 0;
      dx[at] = isAdding ? dx[at]! + d : d;
      partial[at] = dz * Math.max(value, 0);
    }
  },
});

export const CLICK_LOSS_KERNELS = [FORWARD, BACKWARD];
