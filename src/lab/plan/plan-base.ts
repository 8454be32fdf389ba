import type { SettingsOf } from '../job/job.ts';
import { positionsFor, positionsOf } from '../checkpoints/model-config.ts';
import { idVocabulary, importedModel, languageVocabulary } from './model-size.ts';
import { optimizerOf } from '../planning/plan-optimizer.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { period, seedSuffix } from '../experiment/titles.ts';

/** Θ⁽⁰⁾ where it is a language model. */
export interface PlannedTextBase {
  readonly tokenizer: string;
  readonly languageModel: string;
  /** Tokens of an item's text that it was trained on. */
  readonly textTokens: number;
}

/** The language model of the texts: the same job for all paradigms that ask for the same one. */
export async function planTextBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
): Promise<PlannedTextBase | null> {
  const { experiment } = builder;
  const { text } = experiment.base;
  if (text === null) return null;
  const { domains } = experiment.contexts;
  const { tokens, textTokens } = text;
  const imported = importedModel(text);
  const start = imported === null ? null : { imported: imported.digest };
  const tokenizer = await builder.add({
    kind: 'tokenizer',
    title: start === null ? 'train tokenizer' : 'import tokenizer',
    // Nothing random: the same job for every seed.
    seed: 0,
    cell: null,
    settings: start ?? { domains, tokens },
    inputs: { data: start === null ? data : [] },
  });
  const optimizer = optimizerOf(experiment, experiment.base);
  // As it is: nothing random, and one copy for all seeds.
  const isTaken = start !== null && optimizer.epochs === 0;
  const languageModel = await builder.add({
    kind: 'language-model',
    title: isTaken ? 'import base' : `train language model${seedSuffix(experiment, seed)}`,
    seed: isTaken ? 0 : seed,
    cell: null,
    settings: {
      model: start ?? experiment.model,
      vocabulary: languageVocabulary(text),
      domains,
      textTokens,
      optimizer,
    },
    inputs: { data, tokenizer },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, languageModel);
  return { tokenizer, languageModel, textTokens };
}

/** What the first cells start from: the language model with what the paradigm adds to it. */
export async function planStart(
  builder: PlanBuilder,
  seed: number,
  { languageModel, textTokens }: PlannedTextBase,
): Promise<string> {
  const { experiment } = builder;
  const { paradigm } = experiment;
  // Titles are text: nothing is added.
  if (paradigm.kind === 'title') return languageModel;
  const settings: SettingsOf<'extend'> =
    paradigm.kind === 'embedding'
      ? {
          paradigm: 'embedding',
          maxPositions: positionsFor(Math.max(textTokens + 2, paradigm.inputs)),
        }
      : {
          vocabulary: idVocabulary(experiment),
          maxPositions: positionsOf(builder.sampling.history, experiment.ids.levels, true),
        };
  const what = paradigm.kind === 'embedding' ? 'a user encoder' : 'id tokens';
  const start = await builder.add({
    kind: 'extend',
    title: `base with ${what}${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings,
    inputs: { base: languageModel },
  });
  builder.nameCheckpoint(`base with ${what}/seed${String(seed)}`, start);
  return start;
}

/**
 * A base without texts: trained on the first-stage id sequences of all domains pooled. It plays the
 * part of the language model that MMGRid starts from: shared, and not tuned to a domain.
 */
export async function planSequenceBase(
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
