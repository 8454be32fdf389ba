import wgsl from '../../../shaders/info-nce.wgsl?raw';
import scaleWgsl from '../../../shaders/info-nce-scale.wgsl?raw';
import { AppError } from '../../core/errors.ts';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import { slice, type Graph, type Operand, type Parameter, type Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { f32, perThread, read, u32, write } from '../../compute/kernel-fields.ts';
import { closeSamples, type CloseOperands, type CloseSizes } from './close-samples.ts';
import { emitMatmul } from './matmul.ts';
import { emitRowDots } from './row-dots.ts';

/** Cosines carry an error of about 2e-7, which the scale multiplies by up to 100. */
export const INFO_NCE_TOLERANCE: Tolerance = { absolute: 4e-5, relative: 4e-5 };

/** Start of the logit scale: a temperature of 0.07. */
export const INITIAL_LOGIT_SCALE = Math.log(1 / 0.07);
/** The logit scale counts as lying between 0 and this. */
export const LARGEST_LOGIT_SCALE = Math.log(100);

export interface InfoNceInputs {
  /** i32[N], -100 = not scored. */
  readonly targets: Operand;
  readonly hyper: Operand;
  /** Absent: samples are masked by cosine, and nobody counts them. */
  readonly masking?: Pick<CloseOperands, 'items' | 'ring'> & Pick<CloseSizes, 'mask'>;
}

export interface InfoNceSizes {
  readonly rows: number;
  readonly samples: number;
  readonly width: number;
  /** Samples whose cosine with a row's target exceeds it do not compete in that row. */
  readonly threshold: number;
}

/**
 * Contrastive loss of each row's target vector against S sample vectors that all rows share.
 *   loss[n] = log(e^(s t) + Σ_j e^(s u_n·c_j)) - s t,  t = u_n · c_target(n),  s = e^scale
 * Samples that are almost the target (cosine above the threshold, the target itself above all) do
 * not compete; `closeSamples` counts them, and can mask by item instead. The scale counts as clamped to [0, ln 100]; at a bound or beyond it, its gradient
 * is 0 where it leads further out and passes where it leads back, so that it is never stuck.
 * @shape   u f32[N, C] and candidates f32[N + S, C] of unit rows: the rows' targets, then the
 *          samples; scale f32[1] -> loss f32[N] (unscaled, in nats)
 * @grad    scaled by hyper[0]; dU and dCandidates overwrite or accumulate; dScale accumulates
 * @limits  C divisible by 4; N·C divisible by 64 (the samples' rows start there)
 * @errors  invalid-argument
 * @numeric f32; |loss - f64| <= 4e-5 + 4e-5 |loss| at the largest scale, gradients the same
 *          (times the scale for those of the cosines)
 * @source  van den Oord et al. 2018, arXiv:1807.03748; scale and mask as in HLLM, arXiv:2409.12740
 */
export function infoNce(
  graph: Graph,
  u: Value,
  candidates: Value,
  scale: Parameter,
  { targets, hyper, masking }: InfoNceInputs,
  sizes: InfoNceSizes,
): Value {
  const { rows, samples, width, threshold } = sizes;
  if ((rows * width) % 64 !== 0 || width % 4 !== 0) {
    throw new AppError('invalid-argument', `InfoNCE cannot take ${rows} x ${width}.`, {
      hint: 'Rows times width must be a multiple of 64, the width of 4.',
    });
  }
  const ofTargets = (value: Value) => slice(value, 0, rows * width);
  const ofSamples = (value: Value) => slice(value, rows * width, samples * width);
  const cosines = graph.value('sample cosines', rows * samples);
  const similar = graph.value('target-sample cosines', rows * samples);
  const targetCosines = graph.value('target cosines', rows);
  const dScale = graph.value('d logit scale of rows', rows);
  const loss = graph.value('loss', rows);
  const { target: du, accumulate: addsU } = graph.gradientTarget(u);
  const { target: dCandidates, accumulate: addsCandidates } = graph.gradientTarget(candidates);
  if (addsCandidates === 1) {
    throw new AppError('internal', 'The candidates of InfoNCE have no other consumer.');
  }
  const sampled = ofSamples(candidates);
  const products = { M: rows, N: samples, K: width };
  emitMatmul(graph, 'nt', { out: cosines, a: u, b: sampled }, products, 0);
  emitMatmul(graph, 'nt', { out: similar, a: ofTargets(candidates), b: sampled }, products, 0);
  if (masking !== undefined) {
    const { mask, ...operands } = masking;
    closeSamples(graph, similar, { targets, hyper, ...operands }, { ...sizes, mask });
  }
  const dots = {
    dots: targetCosines,
    a: u,
    b: ofTargets(candidates),
    da: du,
    db: ofTargets(dCandidates),
  };
  emitRowDots(graph, 'forward', dots, { rows, width });
  graph.emit(
    KERNEL,
    {
      ...{ cosines, target_cosines: targetCosines, loss, dscale: dScale },
      ...{ similar, targets, scale: scale.weight, hyper },
    },
    { rows, samples, threshold },
  );
  const duSizes = { M: rows, N: width, K: samples };
  emitMatmul(graph, 'nn', { out: du, a: cosines, b: sampled }, duSizes, addsU);
  emitRowDots(graph, 'backward', dots, { rows, width });
  const dSizes = { M: samples, N: width, K: rows };
  emitMatmul(graph, 'tn', { out: ofSamples(dCandidates), a: cosines, b: u }, dSizes, 0);
  if (scale.gradient !== null) {
    const bind = { gradient: scale.gradient, dscale: dScale, scale: scale.weight };
    graph.emit(SCALE, bind, { rows });
  }
  return loss;
}

type Names =
  | 'cosines'
  | 'target_cosines'
  | 'loss'
  | 'dscale'
  | 'similar'
  | 'targets'
  | 'scale'
  | 'hyper';

const KERNEL = defineKernel({
  name: 'info_nce',
  wgsl,
  entry: 'info_nce',
  bindings: [
    ...write('cosines', 'target_cosines', 'loss', 'dscale'),
    ...read('similar'),
    { name: 'targets', type: 'i32', access: 'read' },
    ...read('scale', 'hyper'),
  ],
  uniforms: [...u32('rows', 'samples'), ...f32('threshold')],
  groups: perThread((uniforms) => uniform(uniforms, 'rows')),
  work: ({ rows = 0, samples = 0 }) => {
    return { flops: 12 * rows * samples, bytes: 12 * rows * samples };
  },
  twin: (buffers, uniforms) => {
    const named = buffers as Record<Names, TwinArray>;
    const { cosines, target_cosines: targetCosines, loss, dscale, similar, hyper } = named;
    const samples = uniform(uniforms, 'samples');
    const threshold = uniform(uniforms, 'threshold');
    const s = Math.exp(Math.min(LARGEST_LOGIT_SCALE, Math.max(0, named.scale[0]!)));
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const base = row * samples;
      if (named.targets[row]! < 0) {
        cosines.fill(0, base, base + samples);
        targetCosines[row] = 0;
        loss[row] = 0;
        dscale[row] = 0;
        continue;
      }
      const competes = (j: number) => !(similar[base + j]! > threshold);
      const wanted = s * targetCosines[row]!;
      let peak = wanted;
      for (let j = 0; j < samples; j++) {
        if (competes(j)) peak = Math.max(peak, s * cosines[base + j]!);
      }
      // The others alone: 1 - p of the target, without the cancellation.
      let others = 0;
      let moment = 0;
      for (let j = 0; j < samples; j++) {
        if (!competes(j)) continue;
        const z = s * cosines[base + j]!;
        const e = Math.exp(z - peak);
        others += e;
        moment += e * (z - wanted);
      }
      const total = Math.exp(wanted - peak) + others;
      loss[row] = Math.log(total) + (peak - wanted);
      const factor = hyper[0]! / total;
      for (let j = 0; j < samples; j++) {
        const e = Math.exp(s * cosines[base + j]! - peak);
        cosines[base + j] = competes(j) ? e * factor * s : 0;
      }
      targetCosines[row] = -others * factor * s;
      dscale[row] = moment * factor;
    }
  },
});

const SCALE = defineKernel({
  name: 'info_nce_scale',
  wgsl: scaleWgsl,
  entry: 'info_nce_scale',
  bindings: [...write('gradient'), ...read('dscale', 'scale')],
  uniforms: u32('rows'),
  groups: () => [1, 1, 1],
  twin: (buffers, uniforms) => {
    type ScaleNames = 'gradient' | 'dscale' | 'scale';
    const { gradient, dscale, scale } = buffers as Record<ScaleNames, TwinArray>;
    let sum = 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) sum += dscale[row]!;
    const level = scale[0]!;
    const leaves = (level >= LARGEST_LOGIT_SCALE && sum < 0) || (level <= 0 && sum > 0);
    if (!leaves) gradient[0] = gradient[0]! + sum;
  },
});

export const INFO_NCE_KERNELS = [KERNEL, SCALE];
