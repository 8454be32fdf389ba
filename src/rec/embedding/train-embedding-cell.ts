import type { Executor } from '../../compute/executor.ts';
import type { EncoderConfig } from '../../nn/embedding-model/embedding-layout.ts';
import type { EmbeddingBatch } from '../../nn/embedding-model/embedding-batch.ts';
import type { NegativeMask } from '../../nn/ops/close-samples.ts';
import { embeddingModel } from '../../nn/embedding-model/embedding-model.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopSettings,
} from '../training/train-loop.ts';
import type { KeepingFor } from '../training/epoch-choice.ts';
import { heldOutLoss } from '../training/held-out-loss.ts';
import type { TrainingRow } from '../rows/training-rows.ts';
import { embeddingBatches } from './embedding-batches.ts';
import { checkItemTokens, type ItemTokens } from './item-texts.ts';

/** Batches are not cut into parts: `accumulationSteps` has no effect. */
export interface EmbeddingCellSettings extends TrainLoopSettings {
  readonly sequencesPerBatch: number;
  /** Negatives that a batch shares. */
  readonly negatives: number;
  /** The batch's targets compete, too. */
  readonly inBatch?: boolean;
  /** Negatives whose cosine with the target exceeds it do not compete; default 0.99. */
  readonly falseNegative?: number;
  /** Which negatives do not compete; default `cosine`. */
  readonly mask?: NegativeMask;
}

export interface EmbeddingCellInput {
  /** Of the base language model. */
  readonly config: EncoderConfig;
  /** Arena of `embeddingTable(config)`. */
  readonly parameters: Float32Array;
  readonly rows: readonly TrainingRow[];
  /** Token ids of every item's text: negatives are drawn from all of them. */
  readonly itemTokens: ItemTokens;
  readonly settings: EmbeddingCellSettings;
  /** Rows that choose an epoch, of the same negatives after every one of them. */
  readonly held?: readonly TrainingRow[];
  /** @param measure the loss of `held`; null without any */
  readonly keeping?: KeepingFor;
}

/**
 * Trains an embedding model on rows of items, see `runTraining`. The memory for one batch (texts of
 * its histories, targets and negatives) is planned before.
 * @errors as `runTraining`; data-invalid for items without text or a stage without rows
 */
export async function trainEmbeddingCell(
  executor: Executor,
  { config, parameters, rows, itemTokens, settings, held = [], keeping }: EmbeddingCellInput,
  hooks: TrainHooks = {},
): Promise<TrainedCell> {
  checkItemTokens(itemTokens, config);
  const { sequencesPerBatch: sequences, negatives, seed, epochs, falseNegative } = settings;
  const { inBatch = false, mask = 'cosine' } = settings;
  const sizes = { sequences, negatives, inBatch };
  const batches = embeddingBatches(rows, itemTokens, { ...sizes, seed });
  const model = embeddingModel(config, {
    mask,
    ...(falseNegative !== undefined && { falseNegative }),
  });
  const unseen = () => [...embeddingBatches(held, itemTokens, { ...sizes, seed: 0 }).epoch(0)];
  const measure = held.length === 0 ? null : heldOutLoss(executor, model, unseen());
  const kept = keeping?.(model.layout, measure);
  const run = {
    ...(kept && { keeping: kept }),
    model,
    parameters,
    settings,
    shapes: batches.shapes(epochs),
    batchesPerEpoch: batches.perEpoch,
    epochBatches: (epoch: number) => batches.epoch(epoch),
    split: (batch: EmbeddingBatch) => [batch],
  };
  return runTraining(executor, run, hooks);
}
