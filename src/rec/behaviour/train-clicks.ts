import type { Executor } from '../../compute/executor.ts';
import type { ClickBatch } from '../../nn/behaviour-model/click-model.ts';
import type { KeepingFor } from '../training/epoch-choice.ts';
import type { TrainSnapshots } from '../training/train-snapshot.ts';
import {
  runTraining,
  type TrainedCell,
  type TrainHooks,
  type TrainLoopSettings,
} from '../training/train-loop.ts';
import type { BehaviourVocabulary, ClickSample, EpochMetrics } from './behaviour-types.ts';
import { clickBatches } from './click-batches.ts';
import { clickMetrics } from './click-metrics.ts';
import { ClickScorer, modelOf, type ClickArchitecture } from './score-clicks.ts';

/** Batches are not cut into parts: `accumulationSteps` has no effect. */
export interface ClickTrainSettings extends TrainLoopSettings {
  readonly samplesPerBatch: number;
  /** Measured so often within the first epoch, its end included; default 1. */
  readonly firstEpochParts?: number;
}

export type ClickTrainInput = ClickArchitecture & {
  /** Arena of the model. */
  readonly parameters: Float32Array;
  readonly vocabulary: BehaviourVocabulary;
  readonly samples: readonly ClickSample[];
  /** Training samples that are measured after each epoch, see `drawProbe`. */
  readonly trainProbe: readonly ClickSample[];
  readonly test: readonly ClickSample[];
  /** Samples that choose an epoch, by their log loss. */
  readonly held?: readonly ClickSample[];
  /** @param measure the log loss of `held`; null without any */
  readonly keeping?: KeepingFor;
  /** Names of tensors that stay as they are, bit for bit. */
  readonly frozen: readonly string[];
  readonly settings: ClickTrainSettings;
};

export interface ClickTrainHooks extends TrainHooks {
  /** After each epoch, and before the first one as epoch 0. */
  readonly onEpochMetrics?: (metrics: EpochMetrics) => void;
}

export interface TrainedClicks extends TrainedCell {
  /** Before training and after each epoch. */
  readonly epochs: readonly EpochMetrics[];
  /** Of what is kept, where that was chosen or averaged. */
  readonly kept?: EpochMetrics;
}

/**
 * GPSD's discriminative stage, see `clickModel`, measured on both sides of the generalisation gap
 * after every epoch. Nothing is chosen by the test: the parameters of the last epoch come back, or
 * what `keeping` chooses on samples that were held out.
 * @errors as `runTraining`; data-invalid without samples, layout-mismatch, invalid-argument without
 *   samples to measure or for frozen tensors that the model does not have
 */
export async function trainClicks(
  executor: Executor,
  input: ClickTrainInput,
  { onEpochMetrics, ...hooks }: ClickTrainHooks = {},
): Promise<TrainedClicks> {
  const { vocabulary, trainProbe, test, frozen, settings, held = [], keeping } = input;
  const { samplesPerBatch, seed, epochs, firstEpochParts = 1 } = settings;
  const model = modelOf(input);
  const setup = { config: input.config, model, vocabulary, samplesPerBatch };
  const batches = clickBatches(input.samples, setup, seed);
  let found: readonly EpochMetrics[] = [];
  const scorer = new ClickScorer(executor, setup);
  const measure = async (samples: readonly ClickSample[]) => {
    const signal = hooks.signal && { signal: hooks.signal };
    return clickMetrics(samples, await scorer.score(samples, signal));
  };
  const measureHeld = async (parameters: Float32Array) => {
    scorer.weights.write(parameters);
    return (await measure(held)).logLoss;
  };
  const kept = keeping?.(model.layout, held.length === 0 ? null : measureHeld);
  try {
    const run = {
      ...(kept && { keeping: kept }),
      model,
      parameters: input.parameters,
      settings,
      shapes: batches.shapes(epochs),
      batchesPerEpoch: batches.perEpoch,
      firstEpochParts,
      epochBatches: (epoch: number) => batches.epoch(epoch),
      split: (batch: ClickBatch) => [batch],
      rules: frozen.map((pattern) => ({ pattern, frozen: true })),
      onEpoch: async (epoch: number, parameters: Float32Array) => {
        scorer.weights.write(parameters);
        const metrics = { epoch, train: await measure(trainProbe), test: await measure(test) };
        // What an interruption left unfinished is measured again.
        found = [...found.filter((one) => one.epoch < epoch), metrics];
        onEpochMetrics?.(metrics);
      },
    };
    const { snapshots, ...others } = hooks;
    const resumed = (metrics: readonly EpochMetrics[]): void => {
      found = metrics;
      for (const one of metrics) onEpochMetrics?.(one);
    };
    const trained = await runTraining(executor, run, {
      ...others,
      ...(snapshots && { snapshots: withMetrics(snapshots, () => found, resumed) }),
    });
    if (trained.choice === undefined) return { ...trained, epochs: found };
    scorer.weights.write(trained.parameters);
    const { epoch } = trained.choice;
    const metrics = { epoch, train: await measure(trainProbe), test: await measure(test) };
    return { ...trained, epochs: found, kept: metrics };
  } finally {
    scorer.destroy();
  }
}

/** Snapshots that hold what was measured after epochs, too. */
function withMetrics(
  snapshots: TrainSnapshots,
  found: () => readonly EpochMetrics[],
  resumed: (metrics: readonly EpochMetrics[]) => void,
): TrainSnapshots {
  return {
    isDue: () => snapshots.isDue(),
    save: (snapshot) => snapshots.save({ ...snapshot, own: found() }),
    resume: (plan) => {
      const snapshot = snapshots.resume(plan);
      // What `save` gave, under its hash.
      if (snapshot !== null) resumed((snapshot.own ?? []) as readonly EpochMetrics[]);
      return snapshot;
    },
  };
}
