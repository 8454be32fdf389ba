import type { Executor } from '../../compute/executor.ts';
import { elementCount } from '../../core/layout.ts';
import type { OutputFolder } from '../../io/output-folder.ts';
import { MAX_SHARD_BYTES, planShards } from '../../io/safetensors-shards.ts';
import { INDEX_FILE } from '../../io/import/model-folder.ts';
import { checkMemory } from './check-memory.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RangeHost, RangeSession } from '../ranges/range-session.ts';
import type { RangeCut } from '../ranges/range-work.ts';
import { MemoryMeter } from './memory-meter.ts';
import { GlobalMerge } from './merge-global.ts';
import { isGlobalPlan, type MergePlan } from './plan-merge.ts';
import { cutWithin } from './shards/lane-memory.ts';
import { lookAtRows } from './shards/look-at-rows.ts';
import { findModelForms } from './shards/model-forms.ts';
import { RangeWorks } from './shards/range-works.ts';
import { resultFile } from './shards/result-file.ts';
import type { RunContext } from './run-context.ts';
import { TensorFloats } from './tensor-floats.ts';
import { writeShard } from './shards/write-shard.ts';

/** What a merge is run with. */
export interface MergeRun {
  readonly executor: Executor;
  readonly plan: MergePlan;
  readonly inputs: ReadonlyMap<string, Checkpoint>;
  readonly output: OutputFolder;
  readonly maxShardBytes?: number | undefined;
  /** Most bytes of tensors held at a time; the default is `defaultBudget`. */
  readonly budgetBytes?: number | undefined;
  /** What runs tensors in ranges. Absent: all go through the executor. */
  readonly ranges?: RangeHost | undefined;
  /** How ranges are cut; tests make them short. */
  readonly cut?: RangeCut | undefined;
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

/** A quarter of 8 GiB: a page is not told how much is free, and spectral methods need work buffers. */
const UNTOLD_BYTES = 2 * 2 ** 30;

/**
 * Bytes of tensors a merge may hold that is not told how many: three times the largest tensor and
 * 256 MB, and 2 GB in any case. It bounds what is held; what a merge needs less of, it does not take.
 */
function defaultBudget(largestTensorBytes: number): number {
  return Math.max(UNTOLD_BYTES, 3 * largestTensorBytes + SLACK_BYTES);
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
  const ranges = await openRanges(run, context);
  const shards = planShards(plan.tensors, run.maxShardBytes ?? MAX_SHARD_BYTES);
  const tell = progressOf(shards.totalBytes, run.onProgress);
  let bytesWritten = 0;
  const written = (bytes: number): void => {
    bytesWritten += bytes;
  };
  const open = (path: string, sizeBytes: number) =>
    resultFile(output, ranges?.session ?? null, { path, sizeBytes }, written);
  const isGlobal = isGlobalPlan(plan.method, plan.tensors);
  const ofModel = ranges?.works.ofModel ?? null;
  const global = isGlobal && ofModel === null ? new GlobalMerge(context) : null;
  try {
    await checkMemory(context, global, (tensor) => ranges?.works.takes(tensor) === true);
    await global?.merge();
    if (ranges !== null) {
      await lookAtRows({ context, ...ranges });
      await lookAtModel(context, ranges);
    }
    for (const shard of shards.shards) {
      const sizes = shard.tensors.map(({ sizeBytes }) => sizeBytes);
      const bytes = sizes.reduce((sum, size) => sum + size, shard.header.length);
      const file = await open(shard.fileName, bytes);
      await writeShard({ context, file, global, ranges, tell, written }, shard);
    }
    floats.bad.throwIfAny();
    if (shards.index !== null) {
      const bytes = new TextEncoder().encode(shards.index);
      const index = await open(INDEX_FILE, bytes.length);
      await index.write(0, bytes);
      await index.close();
    }
  } finally {
    global?.free();
    await ranges?.session.close();
  }
  return {
    tensors: plan.tensors.length,
    ...{ bytesRead: floats.bytesRead, bytesWritten, largestTensorBytes },
    peakBytes: meter.peakBytes,
    notes: context.notes,
  };
}

/** What a method needs to know of all tensors before the first one is written. */
async function lookAtModel(
  context: RunContext,
  { session, works, cut }: NonNullable<Awaited<ReturnType<typeof openRanges>>>,
): Promise<void> {
  const form = works.ofModel;
  if (form === null) return;
  const forms = await findModelForms({
    ...{ context, session, cut, form, tensors: works.merged },
    operandsOf: (tensor) => works.operandsOf(tensor),
    inputsOf: (tensor) => works.inputsOf(tensor, (operand) => context.floats.stored(operand)),
  });
  works.setForms(forms);
}

/** Only where a tensor of the plan goes through in ranges. */
async function openRanges(
  { ranges: host, inputs, output, plan, ...run }: MergeRun,
  { floats, meter, budgetBytes }: RunContext,
): Promise<{ session: RangeSession; works: RangeWorks; cut: RangeCut } | null> {
  const works = new RangeWorks(plan);
  const operands = works.taken.flatMap((tensor) => works.tablesOf(tensor));
  if (host === undefined || operands.length === 0) return null;
  const given = run.cut;
  const cutFor =
    given === undefined ? cutWithin(works, floats, budgetBytes) : (): RangeCut => given;
  const sources = operands.flatMap(({ reference, tensor }) => {
    const found = inputs.has(reference) ? floats.input(reference).tensors.get(tensor) : undefined;
    return found === undefined ? [] : [found.source];
  });
  const session = await host.open([...new Set(sources)], output);
  if (session === null) return null;
  meter.elsewhere = () => session.memoryBytes;
  return { session, works, cut: cutFor(session.lanes.length) };
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
