import type { AdapterProfile } from '../../compute/executor.ts';
import { DryExecutor } from '../../compute/dry-executor.ts';
import { bindableElements, boundless, formatBytes } from '../../compute/limits.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { TrainMemory, type TrainOptions } from './train-memory.ts';
import type { TrainableModel } from './trainable-model.ts';

/** Bytes that a training run takes on the device, as the executor will count them. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly gradients: number;
  readonly moments: number;
  /** Packed by the same plan that the run uses. */
  readonly activations: number;
  /** Batches, tables, statistics. */
  readonly other: number;
  readonly total: number;
  readonly largestBuffer: number;
  /** What the adapter allows one buffer; on a CPU all of them. null: it names no limit. */
  readonly limit: number | null;
  /** Batches that make one optimizer step. */
  readonly microBatches: number;
}

export interface TrainingNeed<Shape> extends TrainOptions {
  /** Shapes of whole batches; each is split into micro-batches as the model says. */
  readonly shapes: readonly Shape[];
  /** Micro-batches asked for; more are taken when a batch does not fit. Default 1. */
  readonly microBatches?: number;
}

/**
 * Plans a training run without doing it: the run's own code allocates on an executor that only
 * counts. When a batch does not fit, it is split into twice as many micro-batches, and so on.
 * @errors limit-exceeded naming need and limit when the smallest parts do not fit either
 */
export async function estimateTraining<Shape, Batch extends Shape>(
  profile: AdapterProfile,
  model: TrainableModel<Shape, Batch>,
  { shapes, microBatches = 1, ...options }: TrainingNeed<Shape>,
): Promise<MemoryEstimate> {
  const most = model.mostParts(shapes);
  for (let count = Math.min(microBatches, most); ; count = Math.min(2 * count, most)) {
    try {
      return await dryRun(profile, model, shapes, options, count);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isAboutRows(error)) throw error;
      if (count >= most) throw await refused(error, profile, model, shapes, options, most);
    }
  }
}

/**
 * On a CPU all buffers share one memory, and the error of the first that no longer fits says nothing
 * of those after it: this one names the whole need, and whether recomputing would bring it down.
 */
async function refused<Shape, Batch extends Shape>(
  error: AppError,
  profile: AdapterProfile,
  model: TrainableModel<Shape, Batch>,
  shapes: readonly Shape[],
  options: TrainOptions,
  microBatches: number,
): Promise<AppError> {
  const limit = bindableElements(profile) * 4;
  if (profile.kind !== 'cpu' || !Number.isFinite(limit)) return error;
  const dry = (recompute: boolean) =>
    dryRun(boundless(profile), model, shapes, { ...options, recompute }, microBatches);
  const { total: need, weights, gradients, moments } = await dry(options.recompute ?? false);
  const kept = weights + gradients + moments;
  const mayFit = kept <= limit && options.recompute !== true;
  const fits = mayFit && (await dry(true)).total <= limit;
  const parts = microBatches > 1 ? `, a batch in ${String(microBatches)} parts` : '';
  return new AppError(
    'limit-exceeded',
    `Training needs ${formatBytes(need)} of memory${parts}; the CPU executor allows ${formatBytes(limit)}.`,
    {
      hint: fits
        ? 'It fits with training: { recompute: true }.'
        : `Weights, gradients and moments alone are ${formatBytes(kept)}. Choose a smaller model, or a machine whose GPU has the memory.`,
      details: { need, limit },
      cause: error,
    },
  );
}

/** A tensor or kernel over a limit stays over it however few rows a batch has. */
function isAboutRows({ code, details }: AppError): boolean {
  return code === 'limit-exceeded' && !('names' in details) && !('kernel' in details);
}

async function dryRun<Shape, Batch extends Shape>(
  profile: AdapterProfile,
  model: TrainableModel<Shape, Batch>,
  shapes: readonly Shape[],
  options: TrainOptions,
  microBatches: number,
): Promise<MemoryEstimate> {
  const executor = new DryExecutor(profile);
  const memory = TrainMemory.create(executor, model, options);
  for (const shape of model.microShapes(shapes, microBatches)) {
    await memory.prepare(shape, shape.parts);
  }
  const bytes = (...labels: string[]) =>
    labels.reduce((sum, label) => sum + executor.bytesOf(label), 0);
  const named = {
    weights: bytes('weights', 'frozen weights'),
    gradients: bytes('gradients'),
    moments: bytes('first moments', 'second moments'),
    activations: bytes('activations'),
  };
  const total = executor.memory().peakBytes;
  const sum = Object.values(named).reduce((all, part) => all + part, 0);
  const limit = bindableElements(profile) * 4;
  return {
    ...named,
    other: total - sum,
    total,
    largestBuffer: executor.largestBytes,
    limit: Number.isFinite(limit) ? limit : null,
    microBatches,
  };
}
