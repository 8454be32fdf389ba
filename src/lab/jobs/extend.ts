import { createEmbeddingModel } from '../../nn/embedding-model/embedding-layout.ts';
import { extendVocabulary } from '../../nn/transformer/extend-vocabulary.ts';
import type { JobOf } from '../job/job.ts';
import { vocabularyOf, type VocabularySettings } from '../checkpoints/model-config.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { checkpointMeta } from '../work/provenance.ts';
import { defineCheckpointJob } from '../work/define-job.ts';
import { deriveSeed, inputCheckpoint, type JobContext } from '../work/job-context.ts';

/** Gives a language model what its paradigm adds: rows for id tokens, or a user encoder. */
export type ExtendSettings =
  | { readonly vocabulary: VocabularySettings; readonly maxPositions: number }
  | { readonly paradigm: 'embedding'; readonly maxPositions: number };

declare module '../job/job.ts' {
  interface JobTypes {
    readonly extend: MakesCheckpoint<ExtendSettings, { readonly base: string }>;
  }
}

/** Θ⁽⁰⁾ with what its paradigm adds: what the cells start from, and the base of their merges. */
export async function extendBase(
  job: JobOf<'extend'>,
  context: JobContext,
): Promise<StoredCheckpoint> {
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

export const extendJob = defineCheckpointJob({
  kind: 'extend',
  rank: 4,
  makes: 'checkpoint',
  card: 'The base language model with rows for the tokens of semantic ids',
  run: extendBase,
});
