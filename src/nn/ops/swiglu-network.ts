import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { linear } from './linear.ts';
import { MATMUL_SWIGLU, MATMUL_SWIGLU_BACKWARD } from './matmul-swiglu.ts';
import { SKINNY_ROWS } from './matmul-variants.ts';
import type { Tolerance } from '../graph/op.ts';
import { emitMatmul, matmulTolerance } from './matmul.ts';
import { swiglu } from './swiglu.ts';

/**
 * For inputs of size 1, against float64. The gates are sums of C terms, so what enters the second
 * product has size C, not 1, and its rounding errors grow alike; going back, an error of the
 * activation reaches its gradient times √(C F).
 */
export function swigluNetworkTolerance(sizes: {
  readonly rows: number;
  readonly width: number;
  readonly hidden: number;
}): Tolerance {
  const { rows, width, hidden } = sizes;
  const { absolute, relative } = matmulTolerance(Math.max(rows, width, hidden));
  return { absolute: absolute * Math.max(width, Math.sqrt(width * hidden)), relative };
}

/**
 * Feed-forward network of a block.   y = (silu(x . Gᵀ) * (x . Uᵀ)) . Dᵀ + residual
 * The activation and its gradient are the ends of products, two dispatches fewer.
 * @shape   x f32[N, C], gateUp f32[2F, C] (G first), down f32[C, F], residual f32[N, C] where there is one -> f32[N, C]
 * @grad    dX overwrites or accumulates; dW accumulates; the residual shares dY's buffer
 * @limits  C and F divisible by 4
 * @numeric f32, see `swigluNetworkTolerance`
 */
export function swigluNetwork(
  graph: Graph,
  x: Value,
  weights: { readonly gateUp: Parameter; readonly down: Parameter },
  sizes: { rows: number; width: number; hidden: number },
  residual?: Value,
): Value {
  const { rows, width, hidden: F } = sizes;
  const { gateUp, down } = weights;
  const downSizes = { rows, inputs: F, outputs: width };
  if (rows <= SKINNY_ROWS) {
    // Few rows have a shader of their own that reads the weights once.
    const gu = linear(graph, x, gateUp, { rows, inputs: width, outputs: 2 * F });
    return linear(graph, swiglu(graph, gu, { rows, width: F }), down, downSizes, residual);
  }
  const gu = graph.value('gate up', rows * 2 * F);
  const hidden = graph.value('hidden', rows * F);
  const gate = { M: rows, N: 2 * F, K: width };
  graph.emit(MATMUL_SWIGLU, { out: gu, hidden, a: x, b: gateUp.weight }, gate);
  const out = graph.value('feed-forward', rows * width);
  const forward = { M: rows, N: width, K: F };
  emitMatmul(graph, 'nt', { out, a: hidden, b: down.weight, residual }, forward, 0);
  graph.onBackward(() => {
    const dOut = graph.gradientOf(out);
    if (dOut === null) return;
    if (down.gradient !== null) {
      const dDown = { M: width, N: F, K: rows };
      emitMatmul(graph, 'tn', { out: down.gradient, a: dOut, b: hidden }, dDown, 1);
    }
    const dGu = graph.value('d gate up', rows * 2 * F);
    const back = { M: rows, N: F, K: width };
    graph.emit(MATMUL_SWIGLU_BACKWARD, { out: dGu, a: dOut, b: down.weight, gu }, back);
    if (gateUp.gradient !== null) {
      const dGateUp = { M: 2 * F, N: width, K: rows };
      emitMatmul(graph, 'tn', { out: gateUp.gradient, a: dGu, b: x }, dGateUp, 1);
    }
    const { target, accumulate } = graph.gradientTarget(x);
    const dX = { M: rows, N: width, K: 2 * F };
    emitMatmul(graph, 'nn', { out: target, a: dGu, b: gateUp.weight }, dX, accumulate);
    if (residual !== undefined) graph.shareGradient(residual, dOut);
  });
  return out;
}
