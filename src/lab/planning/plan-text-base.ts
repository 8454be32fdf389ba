import { AppError } from '../../core/errors.ts';
import type { SettingsOf } from '../job/job.ts';
import { importedModel, languageVocabulary } from './base-sizes.ts';
import { optimizerOf } from './plan-optimizer.ts';
import type { PlannedTextBase } from './chain.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { seedSuffix } from '../experiment/titles.ts';

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

/** The same for a paradigm that has nothing else to start from. @errors internal */
export async function planNeededTextBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
): Promise<PlannedTextBase> {
  const text = await planTextBase(builder, seed, data);
  if (text !== null) return text;
  throw new AppError('internal', 'The document let a base without texts pass.');
}

/** A language model with what a paradigm adds to it: what its first cells start from. */
export async function planExtension(
  builder: PlanBuilder,
  seed: number,
  { languageModel }: PlannedTextBase,
  /** What it adds: "id tokens". */
  what: string,
  settings: SettingsOf<'extend'>,
  /** Of all domains, where they decide its size. */
  data?: readonly string[],
): Promise<string> {
  const { experiment } = builder;
  const start = await builder.add({
    kind: 'extend',
    title: `base with ${what}${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings,
    inputs: { base: languageModel, ...(data !== undefined && { data }) },
  });
  builder.nameCheckpoint(`base with ${what}/seed${String(seed)}`, start);
  return start;
}
