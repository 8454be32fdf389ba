import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import type { JobOf, SettingsOf } from '../../job/job.ts';
import { extendVocabulary } from '../../../nn/transformer/extend-vocabulary.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { unusableRows, type TrainedModel } from '../../work/merge-statistics.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { runFacts, trainOn } from '../../work/train-on.ts';
import { openCompact } from './compact/compact-model.ts';
import { trainCompact } from './compact/train-compact.ts';
import { domainRows, tokenLevels } from './domain-rows.ts';

/** Rows of the tokens of ids, in a language model that knew none: they start at random. */
export async function extendWithIds(
  job: JobOf<'extend'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs, seed } = job;
  const { meta, parameters } = await openInput(context, inputs.base);
  const { vocabulary = meta.vocabulary } = settings;
  const rows = { usedRows: meta.config.vocabSize, vocabSize: vocabularyOf(vocabulary).size };
  const ownSeed = deriveSeed(seed, 'id rows');
  const extended = await extendVocabulary(meta.config, parameters, rows, ownSeed);
  return {
    parameters: extended.arena,
    meta: checkpointMeta(job, context, {
      vocabulary,
      config: { ...extended.config, maxPositions: settings.maxPositions },
      ...(meta.tokenizer !== undefined && { tokenizer: meta.tokenizer }),
      context: null,
      semanticIds: {},
      parents: [{ role: 'base', id: inputs.base }],
      steps: 0,
      curve: null,
    }),
  };
}

/** Trains one cell on the tokens of its stage's targets, and LC-Rec's tasks where texts are known. */
export async function trainIds(
  job: JobOf<'train'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const idsId = inputOf(inputs, 'ids');
  const { domain, stage } = settings;
  const parent = await openInput(context, inputs.parent);
  const compact = await openCompact(parent);
  if (compact !== null) return trainCompact(job, context, compact);
  const { config, vocabulary } = parent.meta;
  const { tasks } = settings;
  const split = await domainRows(context, {
    ...settings,
    validation: settings.optimizer.validation,
    seed: job.seed,
    period: stage,
    vocabulary,
    idsId,
    ...(tasks !== undefined &&
      inputs.tokenizer !== undefined && {
        texts: { ...tasks, tokenizer: inputs.tokenizer, maxPositions: config.maxPositions },
      }),
  });
  const trained = await trainOn(context, {
    config,
    parameters: parent.parameters,
    ...split,
    optimizer: settings.optimizer,
    seed: deriveSeed(job.seed, `train/${domain}/${stage.name}`),
    ...(tasks?.splitSoftmax === true && { levels: tokenLevels(vocabulary, tasks.idWeight) }),
    ...(tasks?.batches === 'mixed' && { mixesRows: true }),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      vocabulary,
      ...(parent.meta.tokenizer !== undefined && { tokenizer: parent.meta.tokenizer }),
      context: { domain, stage: stage.name },
      semanticIds: { [domain]: idsId },
      parents: [{ role: 'predecessor', id: inputs.parent }],
      ...runFacts(trained),
    }),
  };
}

/** A cell's rows once more. @errors invalid-argument for a model that has no ids */
export async function idTrainingRows(
  context: JobContext,
  meta: CheckpointMeta,
): Promise<Pick<TrainedModel, 'rows' | 'levels'>> {
  if (meta.compact !== undefined) {
    throw unusableRows(meta.name, 'has one position an item, and no rows of tokens');
  }
  // Of a checkpoint of kind "train" they are the settings of its job.
  const settings = meta.settings as unknown as SettingsOf<'train'>;
  const { domain, stage, tasks } = settings;
  const { seed, vocabulary, tokenizer } = meta;
  const idsId = meta.semanticIds[domain];
  if (idsId === undefined) throw unusableRows(meta.name, 'has no semantic ids');
  const texts = tasks &&
    tokenizer !== undefined && {
      texts: { ...tasks, tokenizer, maxPositions: meta.config.maxPositions },
    };
  const { validation } = settings.optimizer;
  const request = { ...settings, seed, period: stage, vocabulary, idsId, validation };
  const { rows } = await domainRows(context, { ...request, ...texts });
  return {
    rows,
    ...(tasks?.splitSoftmax === true && { levels: tokenLevels(vocabulary, tasks.idWeight) }),
  };
}
