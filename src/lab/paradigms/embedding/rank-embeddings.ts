import type { RankedList, Sample } from '../../../rec/data/types.ts';
import { encodeItems } from '../../../rec/embedding/encode-items.ts';
import { rankByEmbedding } from '../../../rec/embedding/rank-by-embedding.ts';
import { ownSettings } from '../../job/job-settings.ts';
import type { JobOf } from '../../job/job.ts';
import { inputOf, openInput, type JobContext } from '../../work/job-context.ts';
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
  return rankByEmbedding(
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
}
