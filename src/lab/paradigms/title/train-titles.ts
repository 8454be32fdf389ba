import { titleRows, type TitleFormat } from '../../../rec/rows/title-rows.ts';
import type { DomainData } from '../../../rec/data/types.ts';
import type { Vocabulary } from '../../../rec/semantic-ids/vocabulary.ts';
import type { TextTokenizer } from '../../../io/bpe/text-tokenizer.ts';
import type { JobOf } from '../../job/job.ts';
import type { TitleTraining } from '../../job/job-settings.ts';
import type { StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { vocabularyOf } from '../../checkpoints/model-config.ts';
import { checkpointMeta } from '../../work/provenance.ts';
import { checkedRows } from '../../work/checked-rows.ts';
import { deriveSeed, inputCheckpoint, inputOf, type JobContext } from '../../work/job-context.ts';
import { inputTokenizer, titleTokensOf } from '../../jobs/tokenizer.ts';
import { trainOn } from '../../work/train-on.ts';

/** Trains one cell of the text-grounded paradigm: titles of the history, then the next title. */
export async function trainTitles(
  job: JobOf<'train'>,
  paradigm: TitleTraining,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs } = job;
  const { domain, stage, sampling, maxTargets, score } = settings;
  const tokenizerId = inputOf(inputs, 'tokenizer');
  const parent = await inputCheckpoint(context, inputs.parent);
  const data = context.domainData(domain);
  const rows = checkedRows(data, stage, {
    ...sampling,
    maxTargets,
    score,
    seed: deriveSeed(job.seed, 'targets'),
  });
  const format = titleFormat(
    await inputTokenizer(context, tokenizerId),
    data,
    paradigm,
    vocabularyOf(parent.meta.vocabulary),
  );
  const config = { ...parent.meta.config, maxPositions: titlePositions(paradigm) };
  const trained = await trainOn(context, {
    config,
    parameters: parent.parameters,
    rows: titleRows(rows, format, { fit: score === 'all' ? 'windows' : 'targets' }),
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
      steps: trained.steps,
      curve: trained.curve,
    }),
  };
}

/** Positions of a row, and of a title that is sampled after a full prompt. */
export function titlePositions({ positions, maxTokens }: TitleTraining): number {
  return positions + maxTokens;
}

/** Titles end with the end token; a prompt leaves room for one title more within the positions. */
export function titleFormat(
  tokenizer: TextTokenizer,
  data: DomainData,
  { positions, titleTokens }: TitleTraining,
  { special }: Vocabulary,
): TitleFormat {
  return {
    itemTokens: titleTokensOf(tokenizer, data, titleTokens),
    separator: special.eos,
    bos: special.bos,
    promptPositions: positions - titleTokens - 1,
  };
}
