import type { RankedList, Sample } from '../../../rec/data/types.ts';
import { encodeItems } from '../../../rec/embedding/encode-items.ts';
import { logitScale, rankByEmbedding } from '../../../rec/embedding/rank-by-embedding.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import type { ExplainedList } from '../../recommending/ranked-recommender.ts';
import type { ScoreMeaning } from '../../recommending/recommendation.ts';
import { encoderConfigOf } from './encoder-config.ts';
import { withOwnEncoder } from './own-encoder.ts';
import { listLength } from '../../work/mask-history.ts';
import { inputTokenizer, textTokensOf } from '../../work/text-tokens.ts';

/** Full ranking by cosine of user and item vectors. */
export async function rankEmbeddings(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  return (await ranked(job, context, samples)).lists;
}

const COSINE: ScoreMeaning = {
  title: 'cosine',
  told: 'Cosine between the vector that the model makes of the history and that of the item.',
  best: 'highest',
};

/** The nearest items of one customer with their cosines. */
export async function explainEmbeddings(
  job: JobOf<'evaluate'>,
  context: JobContext,
  sample: Sample,
): Promise<ExplainedList> {
  const { lists, scale } = await ranked(job, context, [sample]);
  const [list = { ...sample, items: [] }] = lists;
  const scores = (list.scores ?? []).map((logit) => logit / scale);
  return { list: { ...list, scores }, score: COSINE, reason: null };
}

/** Lists with logits, and what their cosines were multiplied by. */
async function ranked(
  job: JobOf<'evaluate'>,
  context: JobContext,
  samples: readonly Sample[],
): Promise<{ readonly lists: readonly RankedList[]; readonly scale: number }> {
  const { settings, inputs } = job;
  const ranking = ownSettings(settings.paradigm, 'embedding');
  const { executor, signal, progress } = context;
  const model = await openInput(context, inputs.model);
  const config = encoderConfigOf(model.meta);
  const parameters = await withOwnEncoder(context, model, inputs.rows, settings.restore);
  const tokenizer = await inputTokenizer(context, inputOf(inputs, 'tokenizer'));
  const data = context.domainData(settings.domain);
  const itemTokens = textTokensOf(tokenizer, data, ranking.textTokens);
  const itemVectors = await encodeItems(executor, { config, parameters, itemTokens }, { signal });
  const lists = await rankByEmbedding(
    executor,
    {
      config,
      parameters,
      itemVectors,
      samples,
      length: listLength(data, settings, samples),
      inputs: ranking.inputs,
      maskHistory: settings.maskHistory === undefined && ranking.maskHistory,
    },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
  return { lists, scale: await logitScale({ config, parameters }) };
}
