import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import { fisherInformation, type StatisticsHooks } from '../../merge/data/fisher-information.ts';
import { inputGrams } from '../../merge/data/input-grams.ts';
import {
  learnLayerWeights,
  type LayerWeightSettings,
  type LearnedLayerWeights,
} from '../../merge/data/learn-layer-weights.ts';
import type { MergeStatistics } from '../../merge/method.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import type { Batch } from '../../nn/inputs/token-batch.ts';
import { batches, DEFAULT_BUCKETS } from '../../rec/rows/batches.ts';
import { IGNORED_TARGET, type TokenRow } from '../../rec/rows/token-rows.ts';
import { PAD_TOKEN } from '../../rec/semantic-ids/vocabulary.ts';

/** A trained language model and the rows that it was trained on. */
export interface TrainedModel {
  readonly config: ModelConfig;
  readonly parameters: Float32Array;
  readonly rows: readonly TokenRow[];
  /** Split softmax of semantic-id tokens; absent: one softmax over all tokens. */
  readonly levels?: TokenLevels;
}

export interface StatisticsSettings {
  /** Rows that are looked at, drawn without repeats; all where there are fewer. */
  readonly examples: number;
  readonly tokensPerBatch: number;
  readonly seed: number;
}

/** 256 examples are what fusion_bench takes for Fisher merging and RegMean. */
export const STATISTICS_DEFAULTS = { examples: 256, tokensPerBatch: 1024 } as const;

/**
 * What data-based methods are given of each model, from rows of its own training data.
 * @param needs of the method; masks are drawn by the methods themselves
 * @errors as `fisherInformation` and `inputGrams`
 */
export async function statisticsOfModels(
  executor: Executor,
  needs: readonly (keyof MergeStatistics)[],
  models: readonly TrainedModel[],
  settings: StatisticsSettings,
  { signal, onProgress }: StatisticsHooks = {},
): Promise<MergeStatistics> {
  const fisher: Float32Array[] = [];
  const gram: Record<string, Float32Array[]> = {};
  const total = models.length * needs.length;
  let done = 0;
  const hooks: StatisticsHooks = {
    ...(signal && { signal }),
    onProgress: (part, parts) => onProgress?.(done + part / parts, total),
  };
  for (const [index, model] of models.entries()) {
    const { config, parameters, levels } = model;
    const rows = someRows(model.rows, settings, `examples ${String(index)}`);
    if (needs.includes('fisher')) {
      const own = languageModel(config, levels);
      const sequences = singleRows(rows, config.maxPositions);
      fisher.push(await fisherInformation(executor, own, parameters, sequences, hooks));
      done += 1;
    }
    if (needs.includes('gram')) {
      const parts = batchesOf(rows, settings, config.maxPositions);
      const grams = await inputGrams(executor, config, parameters, parts, hooks);
      for (const [name, own] of grams) (gram[name] ??= []).push(own);
      done += 1;
    }
  }
  return {
    ...(needs.includes('fisher') && { fisher }),
    ...(needs.includes('gram') && { gram }),
  };
}

/**
 * AdaMerging on the models' own rows: each step takes one batch of every model's. Targets only tell
 * at which positions predictions count. All models have one configuration.
 * @errors as `learnLayerWeights`
 */
export function adaMergeModels(
  executor: Executor,
  base: Float32Array,
  models: readonly TrainedModel[],
  settings: StatisticsSettings & LayerWeightSettings,
  hooks: StatisticsHooks = {},
): Promise<LearnedLayerWeights> {
  const [first] = models;
  if (first === undefined) throw new AppError('invalid-argument', 'No model to merge.');
  const { config, levels } = first;
  const lists = models.map(({ rows }, index) =>
    batchesOf(someRows(rows, settings, `examples ${String(index)}`), settings, config.maxPositions),
  );
  return learnLayerWeights(
    executor,
    {
      model: languageModel(config, levels),
      base,
      models: models.map(({ parameters }) => parameters),
      batchesOf: (step) => lists.flatMap((list) => list[step % list.length] ?? []),
      settings,
    },
    hooks,
  );
}

function someRows(
  rows: readonly TokenRow[],
  { examples, seed }: StatisticsSettings,
  purpose: string,
): TokenRow[] {
  return new RandomStream(seed, purpose).shuffle([...rows]).slice(0, examples);
}

/** Each row as a batch of its own, the longest first: few shapes, the largest compiled first. */
function singleRows(rows: readonly TokenRow[], maxPositions: number): Batch[] {
  return [...rows]
    .sort((a, b) => b.ids.length - a.ids.length)
    .map(({ ids, targets }) => {
      const fitting = DEFAULT_BUCKETS.find((size) => size >= ids.length) ?? ids.length;
      const T = Math.max(ids.length, Math.min(fitting, maxPositions));
      const paddedIds = new Uint32Array(T).fill(PAD_TOKEN);
      const paddedTargets = new Int32Array(T).fill(IGNORED_TARGET);
      paddedIds.set(ids);
      paddedTargets.set(targets);
      const segments = Uint32Array.of(0, ids.length);
      return { B: 1, T, ids: paddedIds, targets: paddedTargets, segments };
    });
}

function batchesOf(
  rows: readonly TokenRow[],
  { tokensPerBatch, seed }: StatisticsSettings,
  maxPositions: number,
): Batch[] {
  const buckets = [...new Set(DEFAULT_BUCKETS.map((size) => Math.min(size, maxPositions)))];
  const options = { tokensPerBatch, seed, epoch: 0, buckets };
  return batches(rows, options).map(({ ids, ...rest }) => ({
    ...rest,
    ids: new Uint32Array(ids.buffer, ids.byteOffset, ids.length),
  }));
}

/** @param why "has no semantic ids" */
export function unusableRows(name: string, why: string): AppError {
  return new AppError('invalid-argument', `"${name}" ${why}; its training rows cannot be used.`, {
    hint: 'Merge checkpoints of training jobs of this experiment, or choose a method without data.',
  });
}
