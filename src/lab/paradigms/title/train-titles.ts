import { titleRows } from '../../../rec/rows/title-rows.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { JobOf, SettingsOf } from '../../job/job.ts';
import { splitRows } from '../../work/held-out.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { unusableRows, type TrainedModel } from '../../work/merge-statistics.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { inputTokenizer } from '../../work/text-tokens.ts';
import { runFacts, trainOn } from '../../work/train-on.ts';
import type { TitleTraining } from './settings.ts';
import { titleFormat } from './title-format.ts';

/** Trains one cell of the text-grounded paradigm: titles of the history, then the next title. */
export async function trainTitles(
  job: JobOf<'train'>,
  context: JobContext,
): Promise<CheckpointSource> {
  const { settings, inputs } = job;
  const training = ownSettings(settings.paradigm, 'title');
  const { domain, stage, sampling, maxTargets, score } = settings;
  const tokenizerId = inputOf(inputs, 'tokenizer');
  const parent = await openInput(context, inputs.parent);
  const data = context.domainData(domain);
  const targets = { maxTargets, score, seed: deriveSeed(job.seed, 'targets') };
  const { validation } = settings.optimizer;
  const split = splitRows(data, stage, { ...sampling, ...targets }, validation);
  const format = titleFormat(
    await inputTokenizer(context, tokenizerId),
    data,
    training,
    vocabularyOf(parent.meta.vocabulary),
  );
  const config = { ...parent.meta.config, maxPositions: titlePositions(training) };
  const fit = { fit: score === 'all' ? 'windows' : 'targets' } as const;
  const trained = await trainOn(context, {
    config,
    parameters: parent.parameters,
    rows: titleRows(split.rows, format, fit),
    held: titleRows(split.held, format, fit),
    optimizer: settings.optimizer,
    seed: deriveSeed(job.seed, `train/${domain}/${stage.name}`),
  });
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      config,
      paradigm: 'title',
      vocabulary: parent.meta.vocabulary,
      tokenizer: tokenizerId,
      context: { domain, stage: stage.name },
      semanticIds: {},
      parents: [{ role: 'predecessor', id: inputs.parent }],
      ...runFacts(trained),
    }),
  };
}

/** A cell's rows once more. @errors invalid-argument for a model without a tokenizer */
export async function titleTrainingRows(
  context: JobContext,
  { name, settings, seed, tokenizer, vocabulary }: CheckpointMeta,
): Promise<Pick<TrainedModel, 'rows'>> {
  if (tokenizer === undefined) throw unusableRows(name, 'has no tokenizer');
  // Of a checkpoint of kind "train" they are the settings of its job.
  const own = settings as unknown as SettingsOf<'train'>;
  const { domain, stage, sampling, maxTargets, score } = own;
  const data = context.domainData(domain);
  const targets = { maxTargets, score, seed: deriveSeed(seed, 'targets') };
  const { validation } = own.optimizer;
  const { rows } = splitRows(data, stage, { ...sampling, ...targets }, validation);
  const text = await inputTokenizer(context, tokenizer);
  const training = ownSettings(own.paradigm, 'title');
  const format = titleFormat(text, data, training, vocabularyOf(vocabulary));
  return { rows: titleRows(rows, format, { fit: score === 'all' ? 'windows' : 'targets' }) };
}

/** Positions of a row, and of a title that is sampled after a full prompt. */
function titlePositions({ positions, maxTokens }: TitleTraining): number {
  return positions + maxTokens;
}
