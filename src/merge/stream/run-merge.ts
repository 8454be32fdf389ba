import type { Executor } from '../../compute/executor.ts';
import { bindableElements, formatBytes } from '../../compute/limits.ts';
import { AppError } from '../../core/errors.ts';
import { elementCount } from '../../core/layout.ts';
import type { OutputFile, OutputFolder } from '../../io/output-folder.ts';
import { MAX_SHARD_BYTES, planShards } from '../../io/safetensors-shards.ts';
import { INDEX_FILE } from '../../io/import/model-folder.ts';
import type { Checkpoint } from './checkpoint.ts';
import { copyTensor } from './copy-tensor.ts';
import { MemoryMeter } from './memory-meter.ts';
import { GlobalMerge } from './merge-global.ts';
import { mergeTensor, neededBytes } from './merge-tensor.ts';
import { isGlobalPlan, type MergePlan } from './plan-merge.ts';
import type { RunContext } from './run-context.ts';
import { TensorFloats } from './tensor-floats.ts';

/** What a merge is run with. */
export interface MergeRun {
  readonly executor: Executor;
  readonly plan: MergePlan;
  readonly inputs: ReadonlyMap<string, Checkpoint>;
  readonly output: OutputFolder;
  readonly maxShardBytes?: number | undefined;
  /** Most bytes of tensors held at a time; the default is `defaultBudget`. */
  readonly budgetBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: MergeProgress) => void) | undefined;
}

export interface MergeProgress {
  readonly tensor: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a merge did. */
export interface MergeReport {
  readonly tensors: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Of tensors on host and device together. */
  readonly peakBytes: number;
  /** As f32. */
  readonly largestTensorBytes: number;
  readonly notes: readonly string[];
}

const SLACK_BYTES = 256 * 2 ** 20;

/** Bytes of tensors a merge may hold: three times the largest tensor and 256 MB. */
export function defaultBudget(largestTensorBytes: number): number {
  return 3 * largestTensorBytes + SLACK_BYTES;
}

/**
 * Merges checkpoints tensor by tensor into safetensors files. The files are complete when it
 * returns, but only the folder's `commit` makes them visible.
 * @errors limit-exceeded (a tensor or the whole model does not fit, before anything is written),
 *   non-finite (all tensors with NaN or infinity in the inputs; a result outside its type),
 *   aborted, data-missing, and the executor's
 */
export async function runMerge(run: MergeRun): Promise<MergeReport> {
  const { plan, executor, output, signal } = run;
  const meter = new MemoryMeter(executor);
  const floats = new TensorFloats(run.inputs, meter, signal);
  const largestTensorBytes = 4 * Math.max(...plan.tensors.map(({ shape }) => elementCount(shape)));
  const budgetBytes = run.budgetBytes ?? defaultBudget(largestTensorBytes);
  const context = { ...{ executor, plan, meter, floats, signal, budgetBytes }, notes: [] };
  checkMemory(context);
  const shards = planShards(plan.tensors, run.maxShardBytes ?? MAX_SHARD_BYTES);
  const tell = progressOf(shards.totalBytes, run.onProgress);
  let bytesWritten = 0;
  const open = async (path: string) =>
    counted(await output.create(path), (n) => (bytesWritten += n));
  const global = isGlobalPlan(plan.method, plan.tensors) ? new GlobalMerge(context) : null;
  const order = shards.shards.flatMap(({ tensors }) => tensors);
  try {
    await global?.merge();
    for (const { fileName, header, tensors } of shards.shards) {
      const file = await open(fileName);
      await file.write(header);
      for (const tensor of tensors) {
        tell(tensor.name, 0);
        const { work } = tensor;
        if (work.kind === 'copy') await copyTensor(context, tensor, work, file);
        else if (global !== null) await global.write(tensor, file);
        else await mergeTensor(context, tensor, work, file);
        tell(tensor.name, tensor.sizeBytes);
      }
      await file.close();
    }
  } finally {
    global?.free();
  }
  floats.bad.throwIfAny();
  if (shards.index !== null) {
    const index = await open(INDEX_FILE);
    await index.write(new TextEncoder().encode(shards.index));
    await index.close();
  }
  return {
    tensors: order.length,
    ...{ bytesRead: floats.bytesRead, bytesWritten, largestTensorBytes },
    peakBytes: meter.peakBytes,
    notes: context.notes,
  };
}

/** Everything that will not fit is known from the shapes: nothing is written before. */
function checkMemory(context: RunContext): void {
  const { plan, executor, budgetBytes } = context;
  const isGlobal = isGlobalPlan(plan.method, plan.tensors);
  const needs = isGlobal
    ? [{ place: 'the whole model', ...GlobalMerge.neededBytes(plan) }]
    : plan.tensors.flatMap((tensor) => {
        const needed = neededBytes(plan, tensor);
        return needed === null ? [] : [{ place: `tensor "${tensor.name}"`, ...needed }];
      });
  const largest = bindableElements(executor.profile);
  const faults = needs.flatMap(({ place, totalBytes, bufferElements }) => [
    ...(totalBytes > budgetBytes
      ? [{ place, message: `Needs ${formatBytes(totalBytes)} of ${formatBytes(budgetBytes)}.` }]
      : []),
    ...(bufferElements > largest
      ? [{ place, message: `Is larger than a buffer (${formatBytes(4 * largest)}).` }]
      : []),
  ]);
  if (faults.length === 0) return;
  const why = isGlobal ? 'looks at all tensors at once' : 'needs every tensor as a whole';
  throw new AppError('limit-exceeded', `${plan.method.title} ${why}, which does not fit.`, {
    hint: 'Nothing was written. Allow more memory, or take a method that works element by element.',
    faults,
  });
}

function progressOf(
  totalBytes: number,
  onProgress: MergeRun['onProgress'],
): (tensor: string, bytes: number) => void {
  let doneBytes = 0;
  return (tensor, bytes) => {
    doneBytes += bytes;
    onProgress?.({ tensor, doneBytes, totalBytes });
  };
}

function counted(file: OutputFile, add: (bytes: number) => void): OutputFile {
  return {
    write: async (bytes) => {
      await file.write(bytes);
      add(bytes.length);
    },
    close: () => file.close(),
  };
}
