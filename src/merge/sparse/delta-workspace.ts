import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import type { Kernel } from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';
import { nameToKey } from '../../core/rng.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import type { MergeContext } from '../method.ts';
import { blockTable, type BlockTable } from '../ties/blocks.ts';
import { uploaded } from '../ties/select.ts';
import { deltaKernels, SUM_WORDS, TENSOR_WORDS } from './delta-kernels.ts';

/** Tables, a task vector a model and what the kernels on them bind, tensor by tensor. */
export interface DeltaWorkspace {
  readonly context: MergeContext;
  readonly table: BlockTable;
  /** Entries in the order of the table's segments. */
  readonly entries: readonly TensorEntry[];
  readonly blocks: DeviceBuffer;
  readonly tensors: DeviceBuffer;
  /** One element each; bound where a kernel leaves a binding alone. `sums` is the writable one. */
  readonly unused: Readonly<Record<'f32' | 'u32' | 'sums', DeviceBuffer>>;
  /** θₖ − θᵦ, once the `start` steps have run. */
  readonly deltas: readonly DeviceBuffer[];
  readonly start: readonly Step[];
}

/** Allocates the task vectors of all models. */
export function deltaWorkspace(context: MergeContext): DeltaWorkspace {
  const origin = baseOf(context);
  const deltas = context.models.map((_, k) =>
    context.scratch(`task vector ${k}`, 'f32', context.layout.length),
  );
  const start = deltas.flatMap((delta, k) =>
    combinationSteps(delta, [{ buffer: context.models[k] ?? origin, coefficient: 1 }], {
      start: 'nothing',
      origin,
      isRelative: true,
    }),
  );
  return { ...workspaceOf(context, deltas), start };
}

/** The same around task vectors that exist already. */
export function workspaceOf(
  context: MergeContext,
  deltas: readonly DeviceBuffer[],
): DeltaWorkspace {
  const table = blockTable(context.layout, 'tensor');
  const entries = orderedEntries(context.layout);
  return {
    context,
    table,
    entries,
    blocks: uploaded(context, 'blocks', table.blocks),
    tensors: uploaded(context, 'tensors', tensorWords(entries)),
    unused: {
      f32: context.scratch('unused', 'f32', 1),
      u32: context.scratch('unused', 'u32', 1),
      sums: context.scratch('unused', 'f32', 1),
    },
    deltas,
    start: [],
  };
}

/** The base of a method that needs one. */
export function baseOf(context: MergeContext): DeviceBuffer {
  if (context.base === null)
    throw new AppError('internal', 'The merge was started without its base.');
  return context.base;
}

/** Entries in arena order, which is that of the segments of a block table by tensor. */
export function orderedEntries(layout: ParameterLayout): TensorEntry[] {
  return [...layout.entries].sort((a, b) => a.offset - b.offset);
}

/** Rows lie along axis 1; a vector or a number is one row. */
function tensorWords(entries: readonly TensorEntry[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(entries.length * TENSOR_WORDS);
  entries.forEach(({ name, shape, offset, size }, segment) => {
    const length = Math.max(1, shape.length < 2 ? size : (shape[1] ?? 1));
    const stride = shape.slice(2).reduce((product, axis) => product * axis, 1);
    words.set([nameToKey(name), offset, length, Math.max(1, stride)], segment * TENSOR_WORDS);
  });
  return words;
}

/** One dispatch of a kernel of `deltaKernels` on the task vector of `model`. */
export function deltaStep(
  workspace: DeltaWorkspace,
  kernel: Kernel,
  delta: DeviceBuffer,
  bind: Readonly<Record<string, DeviceBuffer>> = {},
  uniforms: Readonly<Record<string, number>> = {},
): Step {
  const { table, blocks, tensors, unused } = workspace;
  return {
    kernel,
    bind: {
      ...{ delta, blocks, tensors, cuts: unused.u32, probabilities: unused.f32 },
      ...{ mask: unused.f32, scales: unused.f32, sums: unused.sums },
      ...bind,
    },
    uniforms: {
      blockCount: table.blocks.length / 3,
      segmentCount: table.sizes.length,
      ...{ model: 0, seed: 0, perElement: 0, hasMask: 0, divides: 0 },
      ...{ outer: 0, inner: 0, isStrict: 0, firstSum: 0, probability: 0 },
      ...uniforms,
    },
  };
}

/** Sums of one arena, as number `index` of those in `sums`. @param onlySizes Σ|x| is all that is read */
export function sumStep(
  workspace: DeltaWorkspace,
  values: DeviceBuffer,
  sums: DeviceBuffer,
  index: number,
  onlySizes = false,
): Step {
  const firstSum = index * (workspace.table.blocks.length / 3);
  const kernel = onlySizes ? deltaKernels.sumSizes : deltaKernels.sumBlocks;
  return deltaStep(workspace, kernel, values, { sums }, { firstSum });
}

/** Room for the sums of several arenas. */
export function sumsBuffer(workspace: DeltaWorkspace, arenas: number): DeviceBuffer {
  const length = Math.max(1, (workspace.table.blocks.length / 3) * SUM_WORDS * arenas);
  return workspace.context.scratch('sums', 'f32', length);
}
