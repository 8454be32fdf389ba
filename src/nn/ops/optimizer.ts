import adamwWgsl from '../../../shaders/adamw.wgsl?raw';
import sumSquaresLanesWgsl from '../../../shaders/sum-squares-lanes.wgsl?raw';
import sumSquaresWgsl from '../../../shaders/sum-squares.wgsl?raw';
import controlLanesWgsl from '../../../shaders/step-control-lanes.wgsl?raw';
import controlWgsl from '../../../shaders/step-control.wgsl?raw';
import { alignUp } from '../../core/layout.ts';
import type { DeviceBuffer } from '../../compute/executor.ts';
import { defineKernel, linearGroups, type TwinArray } from '../../compute/kernel.ts';
import { viewOf } from '../../compute/executor.ts';
import type { Graph, Operand } from '../graph/graph.ts';
import type { OptimizerShard } from '../graph/parameter-arena.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, u32, write } from '../../compute/kernel-fields.ts';

export const OPTIMIZER_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 4e-6 };

/** Gradient elements that one thread squares and sums. */
const CHUNK = 4096;

/** Fields of the `hyper` buffer, rewritten before each step. */
export const HYPER = {
  lossScale: 0,
  learningRate: 1,
  beta1: 2,
  beta2: 3,
  eps: 4,
  /** 1 / (1 - beta1^t), from float64. */
  correction1: 5,
  correction2: 6,
  /** 0 = no clipping. */
  clipNorm: 7,
  ringSlot: 8,
  weightDecay: 9,
} as const;
export const HYPER_LENGTH = 16;
/** Steps that the statistics ring remembers before a slot is written again. */
export const RING_SLOTS = 64;
/** Words of a ring slot: loss, gradient norm, clip factor, non-finite flag. */
export const RING_STRIDE = 4;
/** Where in the ring the shares begin that a model measures, one a slot. */
export const RING_SHARES = RING_SLOTS * RING_STRIDE;
export const RING_LENGTH = RING_SHARES + RING_SLOTS;

export interface OptimizerBuffers {
  readonly shards: readonly OptimizerShard[];
  /** f32[partialLength]: squares of each chunk; zero between the shards, and stays zero. */
  readonly partial: DeviceBuffer;
  readonly hyper: DeviceBuffer;
  /** Clip factor, norm, and 1 once a step was not finite. */
  readonly control: DeviceBuffer;
  /** f32[RING_SLOTS, RING_STRIDE], then f32[RING_SLOTS] of what the model measures. */
  readonly stats: DeviceBuffer;
}

/** Where each shard's chunks begin in `partial` (ranges start at multiples of 64), and their end. */
function chunkRanges(lengths: readonly number[]): { offset: number; chunks: number }[] {
  let end = 0;
  return lengths.map((length) => {
    const offset = alignUp(end, 64);
    const chunks = Math.ceil(length / CHUNK);
    end = offset + chunks;
    return { offset, chunks };
  });
}

/** Elements of `OptimizerBuffers.partial` for trained shards of these lengths. */
export function partialLength(lengths: readonly number[]): number {
  const last = chunkRanges(lengths).at(-1);
  return last === undefined ? 0 : last.offset + last.chunks;
}

/**
 * Global-norm clipping and AdamW with decoupled decay over all trained shards; clears their
 * gradients. Frozen parameters are in no shard here: they cost nothing and do not count.
 *   m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g²;  w -= lr·wd·w;  w -= lr (m/c1) / (√(v/c2) + eps)
 * Clipping: g *= min(1, clip / (norm + 1e-6)).
 * A non-finite loss or norm changes nothing and raises the flag in the ring, and so does every step after it:
 * whoever looks later finds weights and moments as they were before the first one.
 * @shape   loss f32[N] -> stats ring; shards f32[P], P a multiple of 64
 * @grad    none (the end of the step)
 * @limits  none
 * @errors  none; the trainer turns the flag into `non-finite`
 * @numeric f32, sums in fixed order; |w - f64| <= 1e-6 + 4e-6 |w| a step
 * @source  Loshchilov & Hutter 2019, arXiv:1711.05101
 */
export function optimizerStep(
  graph: Graph,
  loss: Operand,
  rows: number,
  { shards, partial, hyper, control, stats }: OptimizerBuffers,
): void {
  const ranges = chunkRanges(shards.map(({ gradients }) => gradients.length));
  shards.forEach(({ gradients }, index) => {
    const { offset = 0, chunks = 0 } = ranges[index] ?? {};
    const bind = { partial: viewOf(partial, offset, chunks), gradients: viewOf(gradients) };
    graph.emit(SUM_SQUARES, bind, { length: gradients.length });
  });
  const shared = { control: viewOf(control), hyper: viewOf(hyper) };
  graph.emit(
    STEP_CONTROL,
    { ...shared, stats: viewOf(stats), loss, partial: viewOf(partial) },
    { rows, chunks: partial.length },
  );
  for (const { weights, gradients, m, v, blocks } of shards) {
    graph.emit(
      ADAMW,
      {
        ...shared,
        weights: viewOf(weights),
        gradients: viewOf(gradients),
        m: viewOf(m),
        v: viewOf(v),
        blocks: viewOf(blocks),
      },
      { length: weights.length },
    );
  }
}

const SUM_SQUARES = defineKernel({
  name: 'sum_squares',
  wgsl: sumSquaresWgsl,
  entry: 'sum_squares',
  bindings: [...write('partial'), ...read('gradients')],
  uniforms: u32('length'),
  groups: perThread((uniforms) => Math.ceil(uniform(uniforms, 'length') / CHUNK)),
  variants: [
    {
      name: 'lanes',
      wgsl: () => sumSquaresLanesWgsl,
      entry: 'sum_squares',
      groups: (uniforms) => linearGroups(uniform(uniforms, 'length'), CHUNK),
      suits: ({ isSoftware }) => !isSoftware,
    },
  ],
  work: ({ length = 0 }) => ({ flops: 2 * length }),
  twin: (buffers) => {
    const { partial, gradients } = buffers as Record<'partial' | 'gradients', TwinArray>;
    for (let first = 0, chunk = 0; first < gradients.length; first += CHUNK, chunk++) {
      let sum = 0;
      const last = Math.min(first + CHUNK, gradients.length);
      for (let i = first; i < last; i++) sum += gradients[i]! ** 2;
      partial[chunk] = sum;
    }
  },
});

const STEP_CONTROL = defineKernel({
  name: 'step_control',
  wgsl: controlWgsl,
  entry: 'step_control',
  bindings: [...write('control', 'stats'), ...read('loss', 'partial', 'hyper')],
  uniforms: u32('rows', 'chunks'),
  groups: () => [1, 1, 1],
  variants: [
    {
      name: 'lanes',
      wgsl: () => controlLanesWgsl,
      entry: 'step_control',
      groups: () => [1, 1, 1],
      suits: ({ isSoftware }) => !isSoftware,
    },
  ],
  twin: (buffers, uniforms) => {
    type Names = 'control' | 'stats' | 'loss' | 'partial' | 'hyper';
    const { control, stats, loss, partial, hyper } = buffers as Record<Names, TwinArray>;
    let sum = 0;
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) sum += loss[row]!;
    let squares = 0;
    for (let chunk = 0; chunk < uniform(uniforms, 'chunks'); chunk++) squares += partial[chunk]!;
    const norm = Math.sqrt(squares);
    const clip = hyper[HYPER.clipNorm]!;
    const isGood = Number.isFinite(sum) && Number.isFinite(norm) && control[2] === 0;
    const factor = isGood ? (clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1) : 0;
    control[0] = factor;
    control[1] = norm;
    if (!isGood) control[2] = 1;
    const slot = hyper[HYPER.ringSlot]! * RING_STRIDE;
    stats[slot] = sum * hyper[HYPER.lossScale]!;
    stats[slot + 1] = norm;
    stats[slot + 2] = factor;
    stats[slot + 3] = isGood ? 0 : 1;
  },
});

const ADAMW = defineKernel({
  name: 'adamw',
  wgsl: adamwWgsl,
  entry: 'adamw',
  bindings: [...write('weights', 'gradients', 'm', 'v'), ...read('blocks', 'control', 'hyper')],
  uniforms: u32('length'),
  groups: perThread((uniforms) => uniform(uniforms, 'length') / 4),
  work: ({ length = 0 }) => ({ flops: 16 * length, bytes: 4 * 8 * length }),
  twin: (buffers) => {
    type Names = 'weights' | 'gradients' | 'm' | 'v' | 'blocks' | 'control' | 'hyper';
    const { weights, gradients, m, v, blocks, control, hyper } = buffers as Record<
      Names,
      TwinArray
    >;
    const factor = control[0]!;
    const beta1 = hyper[HYPER.beta1]!;
    const beta2 = hyper[HYPER.beta2]!;
    for (let i = 0; i < weights.length; i++) {
      const g = gradients[i]! * factor;
      gradients[i] = 0;
      if (factor === 0) continue;
      const block = Math.floor(i / 64) * 2;
      const lr = hyper[HYPER.learningRate]! * blocks[block]!;
      const first = beta1 * m[i]! + (1 - beta1) * g;
      const second = beta2 * v[i]! + (1 - beta2) * g * g;
      m[i] = first;
      v[i] = second;
      const decayed = weights[i]! * (1 - lr * hyper[HYPER.weightDecay]! * blocks[block + 1]!);
      const root = Math.sqrt(second * hyper[HYPER.correction2]!) + hyper[HYPER.eps]!;
      weights[i] = decayed - (lr * first * hyper[HYPER.correction1]!) / root;
    }
  },
});

export const OPTIMIZER_KERNELS = [SUM_SQUARES, STEP_CONTROL, ADAMW];
