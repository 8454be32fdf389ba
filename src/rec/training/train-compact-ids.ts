import type { Executor } from '../../compute/executor.ts';
import type { CodeTree } from '../../nn/compact-id-model/code-tree.ts';
import type { CompactIdConfig } from '../../nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../nn/compact-id-model/compact-id-model.ts';
import type { Batch, BatchShape } from '../../nn/inputs/token-batch.ts';
import { splitBatch } from '../../nn/training/micro-batches.ts';
import type { BatchOptions } from '../rows/batches.ts';
import { ITEM_BUCKETS } from '../rows/item-buckets.ts';
import { checkItems, itemRows } from '../rows/item-rows.ts';
import type { TrainingRow } from '../rows/training-rows.ts';
import type { EpochKeeping } from './epoch-choice.ts';
import { batchSizes, languageBatches, type TrainCellSettings } from './train-cell.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopInput,
} from './train-loop.ts';

export interface CompactIdCell {
  readonly config: CompactIdConfig;
  /** Of the domain's semantic ids. */
  readonly tree: CodeTree;
  readonly parameters: Float32Array;
  readonly rows: readonly TrainingRow[];
  /** `tokensPerBatch` counts positions, which are items. */
  readonly settings: TrainCellSettings;
  /** After an epoch, of how many; 0 = before the first. */
  readonly onEpoch?: (epoch: number, parameters: Float32Array) => Promise<void>;
  /** What is kept; absent: the parameters after the last epoch. */
  readonly keeping?: EpochKeeping;
}

/** One epoch of batches. @errors invalid-argument for items without an id */
export function compactBatches(
  rows: readonly TrainingRow[],
  tree: CodeTree,
  options: Omit<BatchOptions, 'buckets' | 'head'>,
): (Batch & { readonly scoredLimit: number })[] {
  for (const { items } of rows) checkItems(items, tree.items);
  return languageBatches(itemRows(rows), { ...options, buckets: ITEM_BUCKETS });
}

/**
 * Trains compact semantic ids on the rows of one domain, see `runTraining`.
 * @errors as `runTraining` and `batches`; invalid-argument for items without an id
 */
export async function trainCompactIds(
  executor: Executor,
  { config, tree, parameters, rows, settings, onEpoch, keeping }: CompactIdCell,
  hooks: TrainHooks = {},
): Promise<TrainedCell> {
  const sizes = { ...batchSizes(settings), seed: settings.seed };
  const epochBatches = (epoch: number) => compactBatches(rows, tree, { ...sizes, epoch });
  const model = compactIdModel(config, tree);
  const first = epochBatches(0);
  const shapes = new Map<string, BatchShape>();
  for (const { B, T, scoredLimit } of first) {
    const shape = { B, T, scoredLimit };
    shapes.set(model.keyOf(shape), shape);
  }
  const run: TrainLoopInput<BatchShape, Batch> = {
    model,
    parameters,
    settings,
    shapes: [...shapes.values()],
    batchesPerEpoch: first.length,
    epochBatches,
    split: splitBatch,
    ...(onEpoch && { onEpoch }),
    ...(keeping && { keeping }),
  };
  return runTraining(executor, run, hooks);
}
