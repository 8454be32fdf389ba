import { AppError } from '../core/errors.ts';
import type { Executor } from '../compute/executor.ts';
import type { ModelConfig } from '../nn/config.ts';
import { estimateTraining } from '../nn/memory-estimate.ts';
import { microShapes, splitBatch } from '../nn/micro-batches.ts';
import { learningRateAt } from '../nn/schedule.ts';
import type { Batch as TrainBatch } from '../nn/train-program.ts';
import type { StepStats } from '../nn/stats-ring.ts';
import { Trainer } from '../nn/trainer.ts';
import { batches, type Batch } from './batches.ts';
import type { TokenRow } from './token-rows.ts';

export interface TrainCellSettings {
  readonly epochs: number;
  /** Peak of the schedule: linear warm-up, then cosine. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  /** Last learning rate as a fraction of the peak. */
  readonly finalLearningRateFraction: number;
  readonly tokensPerBatch: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  /** Seed of the order of the rows. */
  readonly seed: number;
  /** Parts of a batch whose gradients add up to one step; more where the adapter needs it. */
  readonly accumulationSteps?: number;
  /** Compute blocks again in the backward pass: less memory, more time, the same bits. */
  readonly recompute?: boolean;
}

export interface TrainProgress {
  /** Optimizer steps queued, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Steps whose statistics arrived since the last call. */
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
}

export interface TrainHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
}

export interface TrainedCell {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly steps: number;
}

/** AdamW as usual for language models; the betas are PyTorch's defaults. */
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
/** Steps between two progress reports. */
const REPORT_EVERY = 4;

/**
 * Trains a model on token rows for some epochs. Parameters come in and go out as host arrays; the
 * device holds nothing afterwards, also after an error. Short last batches of a bucket count as
 * steps like any other: the loss is a mean over their scored positions.
 * What the run needs is planned first: a batch that does not fit is trained in micro-batches.
 * @errors limit-exceeded (before anything is allocated), aborted (nothing is kept), non-finite,
 *   device-lost
 */
export async function trainCell(
  executor: Executor,
  input: {
    readonly config: ModelConfig;
    readonly parameters: Float32Array;
    readonly rows: readonly TokenRow[];
    readonly settings: TrainCellSettings;
  },
  { signal, onProgress }: TrainHooks = {},
): Promise<TrainedCell> {
  const { config, rows, settings } = input;
  const { tokensPerBatch, seed, epochs } = settings;
  const epochBatches = (epoch: number) => batches(rows, { tokensPerBatch, seed, epoch });
  const first = epochBatches(0);
  const total = epochs * first.length;
  const schedule = {
    peak: settings.learningRate,
    // A short run must not spend all its steps warming up.
    warmupSteps: Math.min(settings.warmupSteps, Math.floor(total / 4)),
    totalSteps: total,
    finalFraction: settings.finalLearningRateFraction,
  };
  const { weightDecay, clipNorm } = settings;
  const shapes = [
    ...new Map(first.map(({ B, T, scoredLimit }) => [T, { B, T, scoredLimit }])).values(),
  ];
  const { accumulationSteps = 1, recompute = false } = settings;
  const { microBatches } = await estimateTraining(executor.profile, config, {
    shapes,
    microBatches: accumulationSteps,
    recompute,
  });
  const adamw = { ...ADAMW, weightDecay, clipNorm };
  const trainer = new Trainer(executor, config, input.parameters, adamw, { recompute });
  const report = (stats: readonly StepStats[]): void => {
    onProgress?.({
      done: trainer.stepCount,
      total,
      steps: stats.map(({ stepIndex }) => stepIndex),
      losses: stats.map(({ loss }) => loss),
      gradNorms: stats.map(({ gradNorm }) => gradNorm),
    });
  };
  try {
    for (const { B, T, parts, scoredLimit } of microShapes(shapes, microBatches)) {
      await trainer.prepare(B, T, parts, scoredLimit);
    }
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const batch of epochBatches(epoch)) {
        throwIfAborted(signal);
        const parts = splitBatch(toTrainBatch(batch), microBatches);
        await trainer.step(parts, learningRateAt(schedule, trainer.stepCount));
        if (trainer.stepCount % REPORT_EVERY === 0) report(trainer.takeStats());
      }
    }
    report(await trainer.flush());
    const { parameters, stepCount } = await trainer.state();
    return { parameters, steps: stepCount };
  } finally {
    trainer.destroy();
  }
}

function toTrainBatch({ ids, ...rest }: Batch): TrainBatch {
  return { ids: new Uint32Array(ids.buffer, ids.byteOffset, ids.length), ...rest };
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AppError('aborted', 'Stopped on request.', { hint: 'Finished cells are kept.' });
  }
}
