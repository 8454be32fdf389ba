import { createEmbeddingModel } from '../../nn/embedding-model/embedding-layout.ts';
import { extendVocabulary } from '../../nn/transformer/extend-vocabulary.ts';
import { initialParameters } from '../../nn/transformer/init.ts';
import { languageRows } from '../../rec/rows/text-rows.ts';
import type { ExtendJob, LanguageModelJob } from '../plan/job.ts';
import type { StoredCheckpoint } from '../run/lab-store.ts';
import {
  languageModelConfigOf,
  vocabularyOf,
  type VocabularySettings,
} from '../plan/model-config.ts';
import { checkpointMeta } from '../run/provenance.ts';
import { deriveSeed, inputCheckpoint, inputImport } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { trainOn } from './train-on.ts';

/**
 * Trains or takes Θ⁽⁰⁾, the language model that every cell of every paradigm starts from, on the texts of
 * all items. It sees no interaction, so it knows nothing of users, periods or what follows what.
 */
export async function trainLanguageModel(
  job: LanguageModelJob,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs } = job;
  const tokenizer = await inputTokenizer(context, inputs.tokenizer);
  const { special } = vocabularyOf(settings.vocabulary);
  const rows = settings.domains.flatMap((domain) =>
    languageRows(textTokensOf(tokenizer, context.domainData(domain), settings.textTokens), special),
  );
  const { config, parameters } = startOf(job, context);
  const trained = await trainOn(context, {
    config,
    parameters,
    rows,
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
      steps: trained.steps,
      curve: trained.curve,
    }),
  };
}

/** Random weights, or those of the files. */
function startOf({ settings, seed }: LanguageModelJob, context: JobContext) {
  const { model } = settings;
  if (!('imported' in model)) {
    const config = languageModelConfigOf({ ...settings, model });
    return { config, parameters: initialParameters(config, deriveSeed(seed, 'init')) };
  }
  const imported = inputImport(context, model.imported);
  const config = languageModelConfigOf({ ...settings, model: imported.model.config });
  return { config, parameters: imported.parameters };
}

/** Θ⁽⁰⁾ with what its paradigm adds: what the cells start from, and the base of their merges. */
export async function extendBase(job: ExtendJob, context: JobContext): Promise<StoredCheckpoint> {
  const { settings } = job;
  const base = await inputCheckpoint(context, job.inputs.base);
  const { meta } = base;
  const extended =
    'vocabulary' in settings
      ? withIdRows(base, settings.vocabulary, deriveSeed(job.seed, 'id rows'))
      : {
          config: meta.config,
          paradigm: 'embedding' as const,
          vocabulary: meta.vocabulary,
          parameters: createEmbeddingModel(
            meta.config,
            base.parameters,
            deriveSeed(job.seed, 'item token'),
          ),
        };
  const { parameters, config, ...facts } = extended;
  return {
    parameters,
    meta: checkpointMeta(job, context, {
      ...facts,
      config: { ...config, maxPositions: settings.maxPositions },
      ...(meta.tokenizer !== undefined && { tokenizer: meta.tokenizer }),
      context: null,
      semanticIds: {},
      parents: [{ role: 'base', id: job.inputs.base }],
      steps: 0,
      curve: null,
    }),
  };
}

function withIdRows(
  { meta, parameters }: StoredCheckpoint,
  vocabulary: VocabularySettings,
  seed: number,
) {
  const rows = { usedRows: meta.config.vocabSize, vocabSize: vocabularyOf(vocabulary).size };
  const { config, arena } = extendVocabulary(meta.config, parameters, rows, seed);
  return { config, vocabulary, parameters: arena };
}
