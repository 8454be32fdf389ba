import { initialParameters } from '../../nn/transformer/init.ts';
import { languageRows } from '../../rec/rows/text-rows.ts';
import type { JobOf } from '../job/job.ts';
import type { CheckpointSource } from '../checkpoints/lab-store.ts';
import {
  languageModelConfigOf,
  vocabularyOf,
  type VocabularySettings,
} from '../checkpoints/model-config.ts';
import { checkpointMeta } from '../work/provenance.ts';
import { isHeldOut, type SplitRows } from '../work/held-out.ts';
import { deriveSeed, inputImport, type JobContext } from '../work/job-context.ts';
import { inputTokenizer, textTokensOf } from '../work/text-tokens.ts';
import { runFacts, trainOn } from '../work/train-on.ts';
import { defineCheckpointJob } from '../work/define-job.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { ImportedSettings, OptimizerSettings } from '../job/job-settings.ts';

/** Trains the base language model on the texts of all items of all domains. */
export interface LanguageModelSettings {
  readonly model: Experiment['model'] | ImportedSettings;
  readonly vocabulary: VocabularySettings;
  readonly domains: readonly string[];
  /** Tokens of an item's text. */
  readonly textTokens: number;
  readonly optimizer: OptimizerSettings;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly 'language-model': MakesCheckpoint<
      LanguageModelSettings,
      { readonly data: readonly string[]; readonly tokenizer: string }
    >;
  }
}

/**
 * Trains or takes Θ⁽⁰⁾, the language model that every cell of every paradigm starts from, on the texts of
 * all items. It sees no interaction, so it knows nothing of users, periods or what follows what.
 */
async function trainLanguageModel(
  job: JobOf<'language-model'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const tokenizer = await inputTokenizer(context, inputs.tokenizer);
  const { special } = vocabularyOf(settings.vocabulary);
  const { rows, held } = textRows(settings, (domain) =>
    languageRows(textTokensOf(tokenizer, context.domainData(domain), settings.textTokens), special),
  );
  const { config, parameters } = startOf(job, context);
  const trained = await trainOn(context, {
    config,
    parameters,
    rows,
    held,
    optimizer: settings.optimizer,
    seed: deriveSeed(job.seed, 'train/language-model'),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      vocabulary: settings.vocabulary,
      tokenizer: inputs.tokenizer,
      context: null,
      semanticIds: {},
      parents: [],
      ...runFacts(trained),
    }),
  };
}

/** Texts have no users and no times: a share of the items is held out, whatever choice is by. */
function textRows<Row>(
  { domains, optimizer }: LanguageModelSettings,
  rowsOf: (domain: string) => readonly Row[],
): SplitRows<Row> {
  const share = optimizer.validation?.share ?? 0;
  const rows: Row[] = [];
  const held: Row[] = [];
  for (const domain of domains) {
    rowsOf(domain).forEach((row, item) => {
      const isOut = share > 0 && isHeldOut(domain, `text ${String(item)}`, share);
      (isOut ? held : rows).push(row);
    });
  }
  return { rows, held };
}

/** Random weights, or those of the files. */
function startOf({ settings, seed }: JobOf<'language-model'>, context: JobContext) {
  const { model } = settings;
  if (!('imported' in model)) {
    const config = languageModelConfigOf({ ...settings, model });
    return { config, parameters: initialParameters(config, deriveSeed(seed, 'init')) };
  }
  const imported = inputImport(context, model.imported);
  const config = languageModelConfigOf({ ...settings, model: imported.model.config });
  return { config, parameters: imported.parameters };
}

export const languageModelJob = defineCheckpointJob({
  kind: 'language-model',
  rank: 4,
  makes: 'checkpoint',
  card: 'The base language model of the item texts',
  model: { role: 'base', name: 'language model' },
  run: trainLanguageModel,
});
