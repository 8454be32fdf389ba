import wgsl from '../../../shaders/sampled-softmax.wgsl?raw';
import { AppError } from '../../core/errors.ts';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import { slice, type Graph, type Operand, type Parameter, type Value } from '../graph.ts';
import { perThread, read, readU32, u32, uniform, write } from '../op.ts';
import { embeddingGradient, type SegmentOperands } from './embedding-gradient.ts';
import { gatherRows } from './embedding.ts';
import { emitMatmul } from './matmul.ts';
import { emitRowDots } from './row-dots.ts';

export interface SampledSoftmaxInputs {
  /** i32[N], -100 = not scored. */
  readonly targets: Operand;
  /** u32[N + S]: the rows' targets (any token where not scored), then the samples. */
  readonly candidates: Operand;
  /** Positions of the candidates by token, for the gradient of the table. */
  readonly segments: SegmentOperands;
  /** f32[N + S]: log Q of each candidate, taken off its logit; 0 = no correction. */
  readonly shifts: Operand;
  readonly hyper: Operand;
}

/**
 * Sampled softmax cross-entropy against S tokens that the whole batch shares: for vocabularies of
 * items, where a full softmax would cost more than the model. A sample that is a row's own target
 * does not compete in that row.
 *   loss[n] = log(e^t + Σ_s e^(x_n·E[s])) - t,  t = x_n·E[target]
 * @shape   x f32[N, C], E f32[V, C] -> loss f32[N] (unscaled, in nats)
 * @grad    scaled by hyper[0]; dX overwrites or accumulates; dE accumulates over sorted segments
 * @limits  C and S divisible by 4; N·C divisible by 64 (the samples' rows start there)
 * @errors  invalid-argument
 * @numeric f32, as `emitMatmul` and `emitCrossEntropy`
 * @source  Jean et al. 2015, arXiv:1412.2007
 */
export function sampledSoftmax(
  graph: Graph,
  x: Value,
  table: Parameter,
  inputs: SampledSoftmaxInputs,
  sizes: { rows: number; width: number; vocabulary: number; samples: number },
): Value {
  const { rows, width, vocabulary, samples } = sizes;
  if ((rows * width) % 64 !== 0 || width % 4 !== 0) {
    throw new AppError('invalid-argument', `Sampled softmax cannot take ${rows} x ${width}.`, {
      hint: 'Rows times width must be a multiple of 64, the width of 4.',
    });
  }
  const { targets, candidates, segments, shifts, hyper } = inputs;
  const all = rows + samples;
  const ofTargets = (value: Value) => slice(value, 0, rows * width);
  const ofSamples = (value: Value) => slice(value, rows * width, samples * width);
  const gathered = gatherRows(graph, table.weight, candidates, { rows: all, width });
  const dGathered = graph.value('d gathered rows', all * width);
  const targetLogits = graph.value('target logits', rows);
  const logits = graph.value('sampled logits', rows * samples);
  const loss = graph.value('loss', rows);
  const { target: dx, accumulate } = graph.gradientTarget(x);
  const dots = {
    dots: targetLogits,
    a: x,
    b: ofTargets(gathered),
    da: dx,
    db: ofTargets(dGathered),
  };
  emitRowDots(graph, 'forward', dots, { rows, width });
  const sampled = ofSamples(gathered);
  const forward = { M: rows, N: samples, K: width };
  emitMatmul(graph, 'nt', { out: logits, a: x, b: sampled }, forward, 0);
  const bind = { logits, target_logits: targetLogits, loss, targets, candidates, shifts, hyper };
  graph.emit(KERNEL, bind, { rows, samples });
  const dxSizes = { M: rows, N: width, K: samples };
  emitMatmul(graph, 'nn', { out: dx, a: logits, b: sampled }, dxSizes, accumulate);
  emitRowDots(graph, 'backward', dots, { rows, width });
  const dSizes = { M: samples, N: width, K: rows };
  emitMatmul(graph, 'tn', { out: ofSamples(dGathered), a: logits, b: x }, dSizes, 0);
  if (table.gradient !== null) {
    const scatter = { table, dy: dGathered, segments };
    embeddingGradient(graph, scatter, { rows: all, width, vocabulary });
  }
  return loss;
}

const KERNEL = defineKernel({
  name: 'sampled_softmax',
  wgsl,
  entry: 'sampled',
  bindings: [
    ...write('logits', 'target_logits', 'loss'),
    { name: 'targets', type: 'i32', access: 'read' },
    ...readU32('candidates'),
    ...read('shifts', 'hyper'),
  ],
  uniforms: u32('rows', 'samples'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const named = buffers as Record<Names, TwinArray>;
    const { logits, target_logits: targetLogits, loss, targets, hyper } = named;
    const rows = uniform(uniforms, 'rows');
    const samples = uniform(uniforms, 'samples');
    for (let row = 0; row < rows; row++) {
      const base = row * samples;
      const target = targets[row]!;
      if (target < 0) {
        logits.fill(0, base, base + samples);
        targetLogits[row] = 0;
        loss[row] = 0;
        continue;
      }
      const wanted = targetLogits[row]! - named.shifts[row]!;
      // What does not compete is minus infinity: its exponential is 0.
      const scores = Array.from({ length: samples }, (_, s) =>
        named.candidates[rows + s] === target
          ? -Infinity
          : logits[base + s]! - named.shifts[rows + s]!,
      );
      const peak = scores.reduce((a, b) => Math.max(a, b), wanted);
      const own = Math.exp(wanted - peak);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), own);
      loss[row] = Math.log(total) + (peak - wanted);
      scores.forEach((score, s) => {
        logits[base + s] = (Math.exp(score - peak) / total) * hyper[0]!;
      });
      targetLogits[row] = (own / total - 1) * hyper[0]!;
    }
  },
});

type Names = 'logits' | 'target_logits' | 'loss' | 'targets' | 'candidates' | 'shifts' | 'hyper';

export const SAMPLED_SOFTMAX_KERNELS = [KERNEL];
