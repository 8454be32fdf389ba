import backwardWgsl from '../../../shaders/pool-history-backward.wgsl?raw';
import wgsl from '../../../shaders/pool-history.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { historyOf, type HistoryOperands, type HistorySizes } from './pair-rows.ts';

export const POOL_HISTORY_TOLERANCE: Tolerance = { absolute: 4e-6, relative: 8e-6 };

/**
 * A weighted sum of each history, beside its candidate c.
 *   p[b] = sum_n a[n] x[n],   y[b] = [p, c, p ∘ c]
 * @shape   x f32[B T, C], a f32[B T] -> y f32[B, 3C]; weights of rows of no history do not count
 * @grad    dX overwrites or accumulates; da overwrites (its only consumer)
 * @limits  as `pairRows`
 * @errors  none
 * @numeric f32 over rows in order; |y - f64| <= (4e-6 + 8e-6 |y|) √(T C) for terms of size 1,
 *          gradients the same
 * @source  Zhou et al. 2018, arXiv:1706.06978
 */
export function poolHistory(
  graph: Graph,
  x: Value,
  weights: Value,
  { candidates, spans }: HistoryOperands,
  sizes: HistorySizes,
): Value {
  const { sequences, length, width } = sizes;
  const out = graph.value('pooled history', 3 * sequences * width);
  graph.emit(FORWARD, { out, x, weights, candidates, spans }, { sequences, length, width });
  graph.onBackward(() => {
    const dout = graph.gradientOf(out);
    if (dout === null) return;
    const { target: dx, accumulate } = graph.gradientTarget(x);
    const { target: dweights } = graph.gradientTarget(weights);
    const bind = { dx, dweights, dout, x, weights, out, candidates, spans };
    graph.emit(BACKWARD, bind, { sequences, length, width, accumulate });
  });
  return out;
}

const FORWARD = defineKernel({
  name: 'pool_history',
  wgsl,
  entry: 'pool_history',
  bindings: [...write('out'), ...read('x', 'weights'), ...readU32('candidates', 'spans')],
  uniforms: u32('sequences', 'length', 'width'),
  groups: perThread(
    (uniforms) => (uniform(uniforms, 'sequences') * uniform(uniforms, 'width')) / 4,
  ),
  work: ({ sequences = 0, length = 0, width = 0 }) => ({ flops: 2 * sequences * length * width }),
  twin: (buffers, uniforms) => {
    type Names = 'out' | 'x' | 'weights' | 'candidates' | 'spans';
    const { out, x, weights, candidates, spans } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let b = 0; b < uniform(uniforms, 'sequences'); b++) {
      const { start, end, candidate } = historyOf(b, candidates, spans);
      for (let c = 0; c < width; c++) {
        let pooled = 0;
        for (let n = start; n < end; n++) {
          if (n !== candidate) pooled += weights[n]! * x[n * width + c]!;
        }
        const own = x[candidate * width + c]!;
        out[b * 3 * width + c] = pooled;
        out[(b * 3 + 1) * width + c] = own;
        out[(b * 3 + 2) * width + c] = pooled * own;
      }
    }
  },
});

const BACKWARD = defineKernel({
  name: 'pool_history_backward',
  wgsl: backwardWgsl,
  entry: 'pool_history_backward',
  bindings: [
    ...write('dx', 'dweights'),
    ...read('dout', 'x', 'weights', 'out'),
    ...readU32('candidates', 'spans'),
  ],
  uniforms: u32('sequences', 'length', 'width', 'accumulate'),
  groups: perThread((uniforms) => uniform(uniforms, 'sequences') * uniform(uniforms, 'length')),
  work: ({ sequences = 0, length = 0, width = 0 }) => ({ flops: 5 * sequences * length * width }),
  twin: (buffers, uniforms) => {
    type Names = 'dx' | 'dweights' | 'dout' | 'x' | 'weights' | 'out' | 'candidates' | 'spans';
    const named = buffers as Record<Names, TwinArray>;
    const { dx, dweights, dout, x, weights, out, candidates, spans } = named;
    const length = uniform(uniforms, 'length');
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'sequences') * length; row++) {
      const b = Math.floor(row / length);
      const { start, end, candidate } = historyOf(b, candidates, spans);
      const part = (index: number, c: number) => dout[(b * 3 + index) * width + c]!;
      const isHistory = row >= start && row < end && row !== candidate;
      let sum = 0;
      for (let c = 0; c < width; c++) {
        const at = row * width + c;
        let d = 0;
        if (isHistory) {
          const dp = part(0, c) + part(2, c) * x[candidate * width + c]!;
          sum += dp * x[at]!;
          d = weights[row]! * dp;
        } else if (row === candidate) {
          d = part(1, c) + part(2, c) * out[b * 3 * width + c]!;
        }
        dx[at] = uniform(uniforms, 'accumulate') === 0 ? d : dx[at]! + d;
      }
      dweights[row] = sum;
    }
  },
});

export const POOL_HISTORY_KERNELS = [FORWARD, BACKWARD];
