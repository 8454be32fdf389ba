import wgsl from '../../../shaders/sampled-softmax.wgsl?raw';
import { AppError } from '../../core/errors.ts';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import { slice, type Graph, type Operand, type Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { emitMatmul } from './matmul.ts';
import { emitRowDots } from './row-dots.ts';

export interface SampledSoftmaxInputs {
  /** i32[N], -100 = not scored. */
  readonly targets: Operand;
  /** u32[N + G S]: tokens of the rows' targets (any where not scored), then of the samples. */
  readonly candidates: Operand;
  /** f32[N + G S]: log Q of each candidate, taken off its logit; 0 = no correction. */
  readonly shifts: Operand;
  readonly hyper: Operand;
}

export interface SampledSoftmaxSizes {
  readonly rows: number;
  readonly width: number;
  /** Groups of N / G rows that follow each other and share samples: the rows of one sequence. */
  readonly groups: number;
  /** Samples of each group. */
  readonly samples: number;
}

/**
 * Sampled softmax cross-entropy against S tokens that the rows of a group share: for vocabularies
 * of items, where a full softmax would cost more than the model. A sample that is a row's own
 * target does not compete in that row; with every token as a sample this is the full softmax.
 *   loss[n] = log(e^t + Σ_s e^(x_n·e_s)) - t,  t = x_n·e_target(n)
 * @shape   x f32[N, C]; vectors f32[N + G S, C]: those of the candidates -> loss f32[N]
 *          (unscaled, in nats)
 * @param   addTo losses of another prediction of the same rows, which these are added to
 * @grad    scaled by hyper[0]; dX overwrites or accumulates, dVectors overwrites
 * @limits  C divisible by 4; N divisible by G, N·C by 64 (the samples' rows start there)
 * @errors  invalid-argument
 * @numeric f32, as `emitMatmul` and `emitCrossEntropy`
 * @source  Jean et al. 2015, arXiv:1412.2007; samples by sequence as in GPSD, arXiv:2506.03699
 */
export function sampledSoftmax(
  graph: Graph,
  x: Value,
  vectors: Value,
  { targets, candidates, shifts, hyper }: SampledSoftmaxInputs,
  { rows, width, groups, samples }: SampledSoftmaxSizes,
  addTo?: Value,
): Value {
  if ((rows * width) % 64 !== 0 || width % 4 !== 0 || rows % groups !== 0) {
    const message = `Sampled softmax cannot take ${rows} x ${width} in ${groups} groups.`;
    throw new AppError('invalid-argument', message, {
      hint: 'Rows times width must be a multiple of 64, the width of 4, the rows of the groups.',
    });
  }
  const ofTargets = (value: Value) => slice(value, 0, rows * width);
  const ofSamples = (value: Value) => slice(value, rows * width, groups * samples * width);
  const targetLogits = graph.value('target logits', rows);
  const logits = graph.value('sampled logits', rows * samples);
  const loss = addTo ?? graph.value('loss', rows);
  const { target: dx, accumulate } = graph.gradientTarget(x);
  const { target: dVectors, accumulate: addsVectors } = graph.gradientTarget(vectors);
  if (addsVectors === 1) {
    throw new AppError('internal', 'The vectors of a sampled softmax have no other consumer.');
  }
  const dots = {
    dots: targetLogits,
    a: x,
    b: ofTargets(vectors),
    da: dx,
    db: ofTargets(dVectors),
  };
  emitRowDots(graph, 'forward', dots, { rows, width });
  const sampled = ofSamples(vectors);
  const groupRows = rows / groups;
  const forward = { M: groupRows, N: samples, K: width, batch: groups };
  emitMatmul(graph, 'nt', { out: logits, a: x, b: sampled }, forward, 0);
  const bind = { logits, target_logits: targetLogits, loss, targets, candidates, shifts, hyper };
  graph.emit(KERNEL, bind, {
    rows,
    samples,
    group_rows: groupRows,
    adds: addTo === undefined ? 0 : 1,
  });
  const dxSizes = { M: groupRows, N: width, K: samples, batch: groups };
  emitMatmul(graph, 'nn', { out: dx, a: logits, b: sampled }, dxSizes, accumulate);
  emitRowDots(graph, 'backward', dots, { rows, width });
  const dSizes = { M: samples, N: width, K: groupRows, batch: groups };
  emitMatmul(graph, 'tn', { out: ofSamples(dVectors), a: logits, b: x }, dSizes, 0);
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
  uniforms: u32('rows', 'samples', 'group_rows', 'adds'),
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const named = buffers as Record<Names, TwinArray>;
    const { logits, target_logits: targetLogits, loss, targets, hyper } = named;
    const rows = uniform(uniforms, 'rows');
    const samples = uniform(uniforms, 'samples');
    for (let row = 0; row < rows; row++) {
      const base = row * samples;
      const first = rows + Math.floor(row / uniform(uniforms, 'group_rows')) * samples;
      const target = targets[row]!;
      const before = uniform(uniforms, 'adds') === 0 ? 0 : loss[row]!;
      if (target < 0) {
        logits.fill(0, base, base + samples);
        targetLogits[row] = 0;
        loss[row] = before;
        continue;
      }
      const wanted = targetLogits[row]! - named.shifts[row]!;
      // What does not compete is minus infinity: its exponential is 0.
      const scores = Array.from({ length: samples }, (_, s) =>
        named.candidates[first + s] === target
          ? -Infinity
          : logits[base + s]! - named.shifts[first + s]!,
      );
      const peak = scores.reduce((a, b) => Math.max(a, b), wanted);
      const own = Math.exp(wanted - peak);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - peak), own);
      loss[row] = before + (Math.log(total) + (peak - wanted));
      scores.forEach((score, s) => {
        logits[base + s] = (Math.exp(score - peak) / total) * hyper[0]!;
      });
      targetLogits[row] = (own / total - 1) * hyper[0]!;
    }
  },
});

type Names = 'logits' | 'target_logits' | 'loss' | 'targets' | 'candidates' | 'shifts' | 'hyper';

export const SAMPLED_SOFTMAX_KERNELS = [KERNEL];
