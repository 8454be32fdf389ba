import { AppError } from '../../core/errors.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import { titleRows } from '../../rec/rows/title-rows.ts';
import type { TokenRow } from '../../rec/rows/token-rows.ts';
import type { SettingsOf } from '../job/job.ts';
import { checkedRows } from '../work/checked-rows.ts';
import { deriveSeed, type JobContext } from '../work/job-context.ts';
import { inputTokenizer } from './tokenizer.ts';
import { domainRows } from './train.ts';
import { titleFormat } from '../paradigms/title/train-titles.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import type { TrainedModel } from '../work/merge-statistics.ts';
import { vocabularyOf } from '../checkpoints/model-config.ts';

/**
 * A checkpoint of this experiment's data with the rows of its last training job, made again from
 * its settings: semantic ids or titles.
 * @errors invalid-argument for checkpoints that no training job made, of other data or of the
 *   embedding paradigm; data-invalid and data-missing as in training
 */
export async function trainedModel(
  context: JobContext,
  { meta, parameters }: StoredCheckpoint,
): Promise<TrainedModel> {
  const { config } = meta;
  if (meta.kind !== 'train' || meta.context === null) {
    throw unusable(meta.name, 'was not trained on a domain');
  }
  if (meta.datasetDigest !== context.dataset.digest) {
    throw unusable(meta.name, 'was trained on other data');
  }
  // Of a checkpoint of kind "train" they are the settings of its job.
  const settings = meta.settings as unknown as SettingsOf<'train'>;
  const levels = levelsOf(settings, meta.vocabulary);
  const rows = await rowsOf(context, meta, settings);
  return { config, parameters, rows, ...(levels && { levels }) };
}

async function rowsOf(
  context: JobContext,
  meta: StoredCheckpoint['meta'],
  settings: SettingsOf<'train'>,
): Promise<readonly TokenRow[]> {
  const { domain, stage, sampling, maxTargets, score, tasks, paradigm } = settings;
  const { seed, vocabulary, tokenizer } = meta;
  switch (paradigm?.kind) {
    case 'embedding':
      throw unusable(meta.name, 'is an embedding model, which predicts no tokens');
    case 'title': {
      if (tokenizer === undefined) throw unusable(meta.name, 'has no tokenizer');
      const data = context.domainData(domain);
      const targets = { maxTargets, score, seed: deriveSeed(seed, 'targets') };
      const rows = checkedRows(data, stage, { ...sampling, ...targets });
      const text = await inputTokenizer(context, tokenizer);
      const format = titleFormat(text, data, paradigm, vocabularyOf(vocabulary));
      return titleRows(rows, format, { fit: score === 'all' ? 'windows' : 'targets' });
    }
    case undefined: {
      const idsId = meta.semanticIds[domain];
      if (idsId === undefined) throw unusable(meta.name, 'has no semantic ids');
      const texts = tasks &&
        tokenizer !== undefined && {
          texts: { ...tasks, tokenizer, maxPositions: meta.config.maxPositions },
        };
      const request = { ...settings, seed, period: stage, vocabulary, idsId };
      return domainRows(context, { ...request, ...texts });
    }
  }
}

function levelsOf(
  { tasks }: SettingsOf<'train'>,
  vocabulary: StoredCheckpoint['meta']['vocabulary'],
): TokenLevels | undefined {
  if (tasks?.splitSoftmax !== true) return undefined;
  const { firstIdToken, levels, codesPerLevel } = vocabularyOf(vocabulary);
  return { first: firstIdToken, levels, codes: codesPerLevel, weight: tasks.idWeight };
}

function unusable(name: string, why: string): AppError {
  return new AppError('invalid-argument', `"${name}" ${why}; its training rows cannot be used.`, {
    hint: 'Merge checkpoints of training jobs of this experiment, or choose a method without data.',
  });
}
