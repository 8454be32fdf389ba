import type { TextBasePlan } from './experiment-types.ts';
import { positionsOf } from './model-config.ts';
import { idVocabulary } from './model-size.ts';
import { optimizerOf } from './plan-optimizer.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { period, seedSuffix } from './titles.ts';

/** What the cells of one seed start from. */
export interface PlannedBase {
  /** Checkpoint of the parents of all first cells, and the base of merges. */
  readonly start: string;
  /** Tokenizer of its texts; null where it knows none. */
  readonly tokenizer: string | null;
}

/** The base model: a language model with rows for the ids, or one trained on pooled sequences. */
export async function planBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
  ids: readonly string[],
): Promise<PlannedBase> {
  const { text } = builder.experiment.base;
  if (text === null)
    return { start: await sequenceBase(builder, seed, data, ids), tokenizer: null };
  const { tokenizer, languageModel } = await textBase(builder, seed, data, text);
  const start = await builder.add({
    kind: 'extend',
    title: `base with id tokens${seedSuffix(builder.experiment, seed)}`,
    seed,
    cell: null,
    settings: { vocabulary: idVocabulary(builder.experiment) },
    inputs: { base: languageModel },
  });
  builder.nameCheckpoint(`base with id tokens/seed${String(seed)}`, start);
  return { start, tokenizer };
}

async function textBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
  text: TextBasePlan,
): Promise<{ tokenizer: string; languageModel: string }> {
  const { experiment, sampling } = builder;
  const { domains } = experiment.contexts;
  const maxPositions = positionsOf(sampling.history, experiment.ids.levels, true);
  const tokenizer = await builder.add({
    kind: 'tokenizer',
    title: 'train tokenizer',
    // Nothing random: the same job for every seed.
    seed: 0,
    cell: null,
    settings: { domains, tokens: text.tokens, maxPositions },
    inputs: { data },
  });
  const languageModel = await builder.add({
    kind: 'language-model',
    title: `train language model${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings: {
      model: experiment.model,
      vocabulary: { levels: 0, codes: 0, text: text.tokens },
      maxPositions,
      domains,
      textTokens: text.textTokens,
      optimizer: optimizerOf(experiment, experiment.base),
    },
    inputs: { data, tokenizer },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, languageModel);
  return { tokenizer, languageModel };
}

async function sequenceBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
  ids: readonly string[],
): Promise<string> {
  const { experiment, sampling } = builder;
  const { stages, domains, maxPretrainTargets } = experiment.contexts;
  const { score } = experiment.base;
  const { levels, codes } = experiment.ids;
  const base = await builder.add({
    kind: 'base',
    title: `train base${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings: {
      model: experiment.model,
      vocabulary: { levels, codes },
      domains,
      period: period(stages[0]),
      sampling,
      maxTargets: maxPretrainTargets,
      score,
      optimizer: optimizerOf(experiment, experiment.base),
    },
    inputs: { data, ids },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, base);
  return base;
}
