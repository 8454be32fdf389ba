import type { Executor } from '../../compute/executor.ts';
import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import { nextItemModel, type NextItemBatch } from '../../nn/behaviour-model/next-item-model.ts';
import type { KeepingFor } from '../training/epoch-choice.ts';
import { heldOutLoss } from '../training/held-out-loss.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopSettings,
} from '../training/train-loop.ts';
import { checkVocabulary } from './behaviour-rows.ts';
import type { BehaviourVocabulary } from './behaviour-types.ts';
import { nextItemBatches, type ItemBlock } from './next-item-batches.ts';

/** Batches are not cut into parts: `accumulationSteps` has no effect. */
export interface PretrainSettings extends TrainLoopSettings {
  readonly sequencesPerBatch: number;
  /** Newest items of a sequence that are read; default and most: the model's positions. */
  readonly history?: number;
  /** Negatives of each sequence; 0: every item competes. */
  readonly negatives: number;
  /** Negatives of a sequence come from its own block; absent: from all items. */
  readonly blocks?: readonly ItemBlock[];
}

export interface PretrainInput {
  readonly config: BehaviourConfig;
  /** Arena of `behaviourTable(config, false)`. */
  readonly parameters: Float32Array;
  /** Rows of the item table, oldest first. */
  readonly sequences: readonly (readonly number[])[];
  readonly vocabulary: BehaviourVocabulary;
  readonly settings: PretrainSettings;
  /** Sequences that choose an epoch, of the same negatives after every one of them. */
  readonly held?: readonly (readonly number[])[];
  /** @param measure the loss of `held`; null without any */
  readonly keeping?: KeepingFor;
}

/**
 * GPSD's generative stage: predicts the next item and its features, see `nextItemModel`.
 * @returns the arena without a click head, as it came in
 * @errors as `runTraining`; data-invalid without targets, layout-mismatch
 */
export async function pretrainBehaviour(
  executor: Executor,
  { config, parameters, sequences, vocabulary, settings, held = [], keeping }: PretrainInput,
  hooks: TrainHooks = {},
): Promise<TrainedCell> {
  checkVocabulary(config, vocabulary);
  const { sequencesPerBatch, history = config.maxPositions, negatives, epochs, seed } = settings;
  const options = {
    sequencesPerBatch,
    history: Math.min(history, config.maxPositions),
    samples: negatives,
    ...(settings.blocks !== undefined && { blocks: settings.blocks }),
  };
  const batches = nextItemBatches(sequences, vocabulary, { ...options, seed });
  const model = nextItemModel(config);
  const unseen = () => [...nextItemBatches(held, vocabulary, { ...options, seed: 0 }).epoch(0)];
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
    split: (batch: NextItemBatch) => [batch],
  };
  return runTraining(executor, run, hooks);
}
