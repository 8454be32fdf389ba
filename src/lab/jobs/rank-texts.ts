import { createModelEmbedder, embedItems, type TextEmbedder } from '../../rec/text-embedding.ts';
import { encodeItems } from '../../rec/embedding/encode-items.ts';
import { rankByEmbedding } from '../../rec/embedding/rank-by-embedding.ts';
import { itemTexts } from '../../rec/item-text.ts';
import { popularityRecency } from '../../rec/popularity-recency.ts';
import { rankByTitles } from '../../rec/rank-titles.ts';
import type { DomainData, RankedList, Sample } from '../../rec/types.ts';
import { createWordEmbedder } from '../../rec/word-embedding.ts';
import type { TextTokenizer } from '../../io/bpe/text-tokenizer.ts';
import type { EvaluateJob } from '../job.ts';
import type { EmbeddingRanking, TitleRanking } from '../job-settings.ts';
import { vocabularyOf } from '../model-config.ts';
import { deriveSeed, inputCheckpoint, inputOf } from './job-context.ts';
import type { JobContext } from './job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { titleFormat } from './train-titles.ts';

/** Samples titles and grounds them on the nearest items, the history's left out. */
export async function rankTitles(
  job: EvaluateJob,
  ranking: TitleRanking,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const { settings, inputs } = job;
  const { executor, signal, progress } = context;
  const { domain, test, cutoffs, batchUsers } = settings;
  const { halfLifeDays, gamma, unseen } = ranking;
  const data = context.domainData(domain);
  const tokenizer = await inputTokenizer(context, inputOf(inputs, 'tokenizer'));
  const model = await inputCheckpoint(context, inputs.model);
  const open = await openEmbedder(job, ranking, context, data, tokenizer);
  try {
    const isCentred = ranking.grounding === 'base';
    const { vectors, embedder } = await embedItems(open, itemTexts(data), { isCentred });
    const { lists } = await rankByTitles(
      executor,
      {
        config: { ...model.meta.config, maxPositions: ranking.positions + ranking.maxTokens },
        parameters: model.parameters,
        samples,
        format: titleFormat(tokenizer, data, ranking, vocabularyOf(model.meta.vocabulary)),
        titlesPerUser: ranking.samples,
        maxTokens: ranking.maxTokens,
        temperature: ranking.temperature,
        seed: deriveSeed(job.seed, `titles/${domain}`),
        decode: (tokens) => tokenizer.decode(tokens, { skipSpecialTokens: true }),
        embedder,
        itemVectors: vectors,
        coefficients: ranking.rescale
          ? popularityRecency(data, { beforeMs: test.startMs, halfLifeDays, gamma, unseen })
          : null,
        top: Math.max(...cutoffs),
        batchUsers,
      },
      {
        signal,
        onProgress: ({ phase, done, total }) => {
          if (phase === 'sample') progress(done, total, 'users');
        },
      },
    );
    return lists;
  } finally {
    open.destroy();
  }
}

/** Items and sampled titles are embedded alike: by their words, or by the base model. */
async function openEmbedder(
  { inputs, settings }: EvaluateJob,
  { grounding, dimensions, textTokens }: TitleRanking,
  context: JobContext,
  data: DomainData,
  tokenizer: TextTokenizer,
): Promise<TextEmbedder> {
  if (grounding === 'words') {
    return createWordEmbedder(
      itemTexts(data),
      dimensions,
      deriveSeed(0, `words/${settings.domain}`),
    );
  }
  const base = await inputCheckpoint(context, inputOf(inputs, 'embedder'));
  return createModelEmbedder(context.executor, {
    config: base.meta.config,
    parameters: base.parameters,
    encode: (text) => tokenizer.encode(text, { addedTokens: false }),
    maxTokens: textTokens,
  });
}

/** Full ranking by cosine of user and item vectors. */
export async function rankEmbeddings(
  job: EvaluateJob,
  ranking: EmbeddingRanking,
  context: JobContext,
  samples: readonly Sample[],
): Promise<readonly RankedList[]> {
  const { settings, inputs } = job;
  const { executor, signal, progress } = context;
  const { meta, parameters } = await inputCheckpoint(context, inputs.model);
  const { config } = meta;
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
      length: Math.max(...settings.cutoffs),
      inputs: ranking.inputs,
      maskHistory: ranking.maskHistory,
    },
    {
      signal,
      onProgress: ({ done, total }) => {
        progress(done, total, 'users');
      },
    },
  );
}
