import type { Executor } from '../../compute/executor.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import { splitBatch } from '../../nn/training/micro-batches.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import type { Batch as TrainBatch, BatchShape } from '../../nn/inputs/token-batch.ts';
import { batches, type Batch, type BatchOptions } from '../rows/batches.ts';
import type { TokenRow } from '../rows/token-rows.ts';
import type { EpochKeeping } from './epoch-choice.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopInput,
  type TrainLoopSettings,
} from './train-loop.ts';

export interface TrainCellSettings extends TrainLoopSettings {
  readonly tokensPerBatch: number;
  /** Rows a batch; absent: as many as the tokens hold. */
  readonly sequencesPerBatch?: number | undefined;
}

/**
 * Trains a language model on token rows, see `runTraining`. Short last batches of a bucket count
 * as steps like any other: the loss is a mean over their scored positions.
 * @errors as `runTraining` and `batches`
 */
export async function trainCell(
  executor: Executor,
  input: {
    readonly config: ModelConfig;
    readonly parameters: Float32Array;
    readonly rows: readonly TokenRow[];
    readonly settings: TrainCellSettings;
    /** Split softmax of semantic-id tokens; absent: one softmax over all tokens. */
    readonly levels?: TokenLevels;
    /** Rows of id tokens alone have no batches of their own, so that tokens' weights meet. */
    readonly mixesRows?: boolean;
    /** What is kept; absent: the parameters after the last epoch. */
    readonly keeping?: EpochKeeping;
  },
  hooks: TrainHooks = {},
): Promise<TrainedCell> {
  const { config, parameters, rows, settings, levels, keeping, mixesRows } = input;
  const { seed } = settings;
  const sizes = batchSizes(settings);
  const epochBatches = (epoch: number) =>
    languageBatches(rows, { ...sizes, seed, epoch }, mixesRows === true ? undefined : levels);
  const first = epochBatches(0);
  const model = languageModel(config, levels);
  const shapes = new Map<string, BatchShape>();
  for (const { B, T, scoredLimit, head: own } of first) {
    const shape = { B, T, scoredLimit, ...(own && { head: own }) };
    shapes.set(model.keyOf(shape), shape);
  }
  const run: TrainLoopInput<BatchShape, TrainBatch> = {
    model,
    parameters,
    settings,
    shapes: [...shapes.values()],
    batchesPerEpoch: first.length,
    epochBatches,
    split: splitBatch,
    ...(keeping && { keeping }),
  };
  return runTraining(executor, run, hooks);
}

/** How large batches are. */
export function batchSizes({
  tokensPerBatch,
  sequencesPerBatch,
}: Pick<TrainCellSettings, 'tokensPerBatch' | 'sequencesPerBatch'>) {
  return { tokensPerBatch, ...(sequencesPerBatch !== undefined && { sequencesPerBatch }) };
}

/** One epoch of batches for a language model. @param levels of a split softmax */
export function languageBatches(
  rows: readonly TokenRow[],
  options: Omit<BatchOptions, 'head'>,
  levels?: TokenLevels,
): (TrainBatch & { readonly scoredLimit: number })[] {
  // Logits of text tokens are worth computing only where text is predicted.
  const head = levels && { first: levels.first, count: levels.levels * levels.codes };
  return batches(rows, { ...options, ...(head && { head }) }).map(toTrainBatch);
}

function toTrainBatch({ ids, ...rest }: Batch): TrainBatch & { readonly scoredLimit: number } {
  return { ids: new Uint32Array(ids.buffer, ids.byteOffset, ids.length), ...rest };
}
