import type { Executor } from '../../compute/executor.ts';
import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import { nextItemModel, type NextItemBatch } from '../../nn/behaviour-model/next-item-model.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopSettings,
} from '../training/train-loop.ts';
import { checkVocabulary } from './behaviour-rows.ts';
import type { BehaviourVocabulary } from './behaviour-types.ts';
import { nextItemBatches } from './next-item-batches.ts';

/** Batches are not cut into parts: `accumulationSteps` has no effect. */
export interface PretrainSettings extends TrainLoopSettings {
  readonly sequencesPerBatch: number;
  /** Newest items of a sequence that are read; default and most: the model's positions. */
  readonly history?: number;
  /** Negatives of each sequence; 0: every item competes. */
  readonly negatives: number;
}

export interface PretrainInput {
  readonly config: BehaviourConfig;
  /** Arena of `behaviourTable(config, false)`. */
  readonly parameters: Float32Array;
  /** Rows of the item table, oldest first. */
  readonly sequences: readonly (readonly number[])[];
  readonly vocabulary: BehaviourVocabulary;
  readonly settings: PretrainSettings;
}

/**
 * GPSD's generative stage: predicts the next item and its features, see `nextItemModel`.
 * @returns the arena without a click head, as it came in
 * @errors as `runTraining`; data-invalid without targets, layout-mismatch
 */
export async function pretrainBehaviour(
  executor: Executor,
  { config, parameters, sequences, vocabulary, settings }: PretrainInput,
  hooks: TrainHooks = {},
): Promise<TrainedCell> {
  checkVocabulary(config, vocabulary);
  const { sequencesPerBatch, history = config.maxPositions, negatives, epochs, seed } = settings;
  const batches = nextItemBatches(sequences, vocabulary, {
    sequencesPerBatch,
    history: Math.min(history, config.maxPositions),
    samples: negatives,
    seed,
  });
  const run = {
    model: nextItemModel(config),
    parameters,
    settings,
    shapes: batches.shapes(epochs),
    batchesPerEpoch: batches.perEpoch,
    epochBatches: (epoch: number) => batches.epoch(epoch),
    split: (batch: NextItemBatch) => [batch],
  };
  return runTraining(executor, run, hooks);
}
