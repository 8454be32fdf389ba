import { AppError, toAppError } from '../../core/errors.ts';
import type { Executor } from '../../compute/executor.ts';
import { estimateTraining } from '../../nn/training/memory-estimate.ts';
import type { ParameterRule } from '../../nn/graph/parameter-rules.ts';
import { decayRules, type DecayGroup } from '../../nn/graph/decay-groups.ts';
import type { DropoutRates } from '../../nn/ops/dropout-sites.ts';
import {
  learningRateAt,
  type LearningRateSchedule,
  type ScheduleShape,
} from '../../nn/training/schedule.ts';
import type { StepStats } from '../../nn/training/stats-ring.ts';
import type { TrainableModel } from '../../nn/training/trainable-model.ts';
import { Trainer } from '../../nn/training/trainer.ts';
import { EpochChoice, type EpochKeeping, type TrainingChoice } from './epoch-choice.ts';
import { Position } from './position.ts';
import type { TrainSnapshots } from './train-snapshot.ts';

/** What training takes whatever the model is. */
export interface TrainLoopSettings {
  readonly epochs: number;
  /** Peak of the schedule. */
  readonly learningRate: number;
  readonly warmupSteps: number;
  /**
   * Warm-up as written, then the peak or a cosine. Absent: a cosine whose warm-up is at most a
   * quarter of the steps, which `TrainedCell.warmup` tells.
   */
  readonly schedule?: ScheduleShape | undefined;
  /** Last learning rate of a cosine as a fraction of the peak. */
  readonly finalLearningRateFraction: number;
  readonly weightDecay: number;
  /** Global norm of gradients; 0 = as they are. */
  readonly clipNorm: number;
  /** What decays; absent: matrices and tables, no vector. */
  readonly decay?: readonly DecayGroup[] | undefined;
  /** Absent: nothing is dropped. */
  readonly dropout?: DropoutRates | undefined;
  /** AdamW's decay rates of both moments; default 0.9 and 0.999, PyTorch's. */
  readonly betas?: readonly [number, number];
  /** Seed of everything that is drawn. */
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
  /** Of models that measure it; see `StepStats.closeShare`. */
  readonly closeShares?: readonly number[];
}

export interface TrainHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Absent: the training begins, and leaves nothing where it is interrupted. */
  readonly snapshots?: TrainSnapshots;
}

export interface TrainedCell {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly steps: number;
  /** Where a warm-up did not fit: steps that were asked for, done, and of the whole run. */
  readonly warmup?: WarmupCut;
  /** Of a run that was told what to keep. */
  readonly choice?: TrainingChoice;
}

export interface WarmupCut {
  readonly asked: number;
  readonly used: number;
  readonly total: number;
}

export interface TrainLoopInput<Shape, Batch extends Shape> {
  readonly model: TrainableModel<Shape, Batch>;
  readonly parameters: Float32Array;
  readonly settings: TrainLoopSettings;
  /** Shapes of all batches of the run. */
  readonly shapes: readonly Shape[];
  readonly batchesPerEpoch: number;
  /** Each batch of an epoch once, in its order. */
  readonly epochBatches: (epoch: number) => Iterable<Batch>;
  /** Cuts a batch into the micro-batches of a step. */
  readonly split: (batch: Batch, microBatches: number) => readonly Batch[];
  /** What is kept; absent: the parameters after the last epoch. */
  readonly keeping?: EpochKeeping;
  /** Table of parameter groups; tensors that no rule names train as usual. */
  readonly rules?: readonly ParameterRule[];
  /**
   * Awaited before the first step (epoch 0) and after every epoch, with the parameters as they are
   * then. What it throws ends the training.
   */
  readonly onEpoch?: (epoch: number, parameters: Float32Array) => Promise<void>;
  /**
   * Equal parts of the first epoch after which `onEpoch` is called, too, with 0.25, 0.5, …; default 1:
   * click models may be best before they have seen everything once.
   */
  readonly firstEpochParts?: number;
}

/** AdamW as usual for language models. */
const BETAS = [0.9, 0.999] as const;
const EPSILON = 1e-8;
/** Steps between two progress reports. */
const REPORT_EVERY = 4;

/**
 * Trains a model for some epochs. Parameters come in and go out as host arrays; the device holds
 * nothing afterwards, also after an error. What the run needs is planned first: a batch that does
 * not fit is trained in micro-batches.
 * Interrupted after any step and continued from a snapshot it gives the same bits.
 * @errors limit-exceeded (before anything is allocated), aborted (with a snapshot where there are any),
 *   non-finite, device-lost
 */
export async function runTraining<Shape, Batch extends Shape>(
  executor: Executor,
  input: TrainLoopInput<Shape, Batch>,
  { signal, onProgress, snapshots }: TrainHooks = {},
): Promise<TrainedCell> {
  const { model, settings, shapes, onEpoch, keeping, firstEpochParts = 1 } = input;
  const {
    epochs,
    betas = BETAS,
    weightDecay,
    clipNorm,
    accumulationSteps = 1,
    recompute = false,
    decay,
    dropout,
  } = settings;
  const total = epochs * input.batchesPerEpoch;
  const { schedule, warmup } = scheduleOf(settings, total);
  const rules = [
    ...(input.rules ?? []),
    ...(decay === undefined ? [] : decayRules(model.layout, decay)),
  ];
  const options = {
    recompute,
    rules,
    ...(dropout && { dropout: { ...dropout, seed: settings.seed } }),
  };
  const { microBatches } = await estimateTraining(executor.profile, model, {
    shapes,
    microBatches: accumulationSteps,
    ...options,
  });
  const [beta1, beta2] = betas;
  const adamw = { beta1, beta2, eps: EPSILON, weightDecay, clipNorm };
  const trainer = new Trainer(executor, model, input.parameters, adamw, options);
  const report = (stats: readonly StepStats[]): void => {
    onProgress?.({
      done: trainer.stepCount,
      total,
      steps: stats.map(({ stepIndex }) => stepIndex),
      losses: stats.map(({ loss }) => loss),
      gradNorms: stats.map(({ gradNorm }) => gradNorm),
      ...(model.measuresCloseness === true && {
        closeShares: stats.map(({ closeShare = NaN }) => closeShare),
      }),
    });
  };
  const choice = keeping === undefined ? null : new EpochChoice(keeping, epochs);
  const plan = { totalSteps: total, microBatches, parameters: model.layout.length };
  const position = new Position(trainer, choice, plan, snapshots);
  const leave = async (): Promise<void> => {
    report(await trainer.flush());
    await position.save();
  };
  try {
    for (const shape of model.microShapes(shapes, microBatches)) {
      await trainer.prepare(shape, shape.parts);
    }
    const start = await position.resume();
    if (start > 0) report([]);
    else {
      await onEpoch?.(0, input.parameters);
      await choice?.begin(input.parameters);
    }
    const parts = partsAfter(input.batchesPerEpoch, firstEpochParts);
    // A snapshot lies before what the end of its step's epoch brings.
    const first = Math.max(0, Math.ceil(start / input.batchesPerEpoch) - 1);
    for (let epoch = first; epoch < epochs; epoch++) {
      let step = epoch * input.batchesPerEpoch;
      for (const batch of input.epochBatches(epoch)) {
        step += 1;
        if (step < start) continue;
        if (step > start) {
          throwIfAborted(signal);
          const microBatch = input.split(batch, microBatches);
          await trainer.step(microBatch, learningRateAt(schedule, trainer.stepCount));
          position.advance();
          if (step % REPORT_EVERY === 0) report(trainer.takeStats());
          if (step < total && position.isDue()) await leave();
        }
        const part = parts.get(step);
        if (part === undefined || onEpoch === undefined) continue;
        report(await trainer.flush());
        await onEpoch(part, await trainer.parameters());
      }
      if (onEpoch === undefined && choice === null) continue;
      report(await trainer.flush());
      const parameters = await trainer.parameters();
      await onEpoch?.(epoch + 1, parameters);
      if (choice !== null && !(await choice.add(parameters))) break;
    }
    report(await trainer.flush());
    const steps = trainer.stepCount;
    const cut = warmup === null ? {} : { warmup };
    if (choice !== null) return { ...choice.result(), ...cut, steps };
    return { parameters: await trainer.parameters(), ...cut, steps };
  } catch (thrown) {
    // Whoever stops a training goes on where it was. What fails now is lost, and was not asked for.
    const isStop = snapshots !== undefined && toAppError(thrown).code === 'aborted';
    if (isStop) await leave().catch(() => undefined);
    throw thrown;
  } finally {
    trainer.destroy();
  }
}

/** Steps of the first epoch after which a part of it is over, the whole left out. */
function partsAfter(batches: number, parts: number): ReadonlyMap<number, number> {
  const inner = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts);
  return new Map(
    inner.flatMap((part) => {
      const step = Math.round(part * batches);
      return step > 0 && step < batches ? [[step, part] as const] : [];
    }),
  );
}

/** The schedule of a run, and what of its warm-up does not fit. */
function scheduleOf(
  { schedule: shape, learningRate, warmupSteps, finalLearningRateFraction }: TrainLoopSettings,
  total: number,
): { readonly schedule: LearningRateSchedule; readonly warmup: WarmupCut | null } {
  // Without a named shape a short run does not spend all its steps warming up.
  const most = shape === undefined ? Math.floor(total / 4) : warmupSteps;
  const used = Math.min(warmupSteps, most);
  const fits = used === warmupSteps && (shape === undefined || warmupSteps <= total);
  const schedule = {
    peak: learningRate,
    warmupSteps: used,
    totalSteps: total,
    finalFraction: finalLearningRateFraction,
    ...(shape && { shape }),
  };
  return {
    schedule,
    warmup: fits ? null : { asked: warmupSteps, used: Math.min(used, total), total },
  };
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AppError('aborted', 'Stopped on request.', { hint: 'Finished cells are kept.' });
  }
}
