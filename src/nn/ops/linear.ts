import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { emitColumnSum } from './column-sum.ts';
import { emitMatmul } from './matmul.ts';

/**
 * Linear layer, optionally added to a residual stream or with a bias (not both).
 *   y = x . Wᵀ (+ residual | + bias)
 * @shape   x f32[N, I], W f32[O, I] -> y f32[N, O]; residual f32[N, O], bias f32[O]
 * @grad    dX overwrites or accumulates; dW and d bias accumulate; the residual shares dY's buffer
 * @errors  shape-mismatch, invalid-argument for a residual and a bias
 * @numeric as `emitMatmul`
 */
export function linear(
  graph: Graph,
  x: Value,
  parameter: Parameter,
  sizes: { rows: number; inputs: number; outputs: number },
  residual?: Value,
  bias?: Parameter,
): Value {
  const { rows, inputs, outputs } = sizes;
  const out = graph.value('linear', rows * outputs);
  const { weight, gradient } = parameter;
  const forward = { M: rows, N: outputs, K: inputs };
  emitMatmul(graph, 'nt', { out, a: x, b: weight, residual, bias: bias?.weight }, forward, 0);
  graph.onBackward(() => {
    const dOut = graph.gradientOf(out);
    if (dOut === null) return;
    if (gradient !== null) {
      const dWeight = { M: outputs, N: inputs, K: rows };
      emitMatmul(graph, 'tn', { out: gradient, a: dOut, b: x }, dWeight, 1);
    }
    if (bias !== undefined && bias.gradient !== null) {
      emitColumnSum(graph, bias.gradient, dOut, { rows, width: outputs });
    }
    const { target, accumulate } = graph.gradientTarget(x);
    const dX = { M: rows, N: inputs, K: outputs };
    emitMatmul(graph, 'nn', { out: target, a: dOut, b: weight }, dX, accumulate);
    if (residual !== undefined) graph.shareGradient(residual, dOut);
  });
  return out;
}
