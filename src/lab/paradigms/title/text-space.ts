import type { TextTokenizer } from '../../../io/bpe/text-tokenizer.ts';
import { itemTexts } from '../../../rec/text/item-text.ts';
import {
  centredEmbedder,
  createModelEmbedder,
  embedItems,
  type TextEmbedder,
} from '../../../rec/text/text-embedding.ts';
import { createWordEmbedder } from '../../../rec/text/word-embedding.ts';
import type { JobOf } from '../../job/job.ts';
import type { ItemVectors } from '../../work/item-vectors.ts';
import { keptVectors } from '../../work/kept-vectors.ts';
import type { TitleRanking } from './settings.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';

/** Where sampled titles meet items. The caller destroys the embedder. */
export interface TextSpace {
  readonly itemVectors: Float32Array;
  readonly embedder: TextEmbedder;
}

/**
 * Items and sampled titles are embedded alike: by their words, or by the base model. The items' vectors
 * are made once for a domain and a base, not for every evaluation.
 */
export async function openTextSpace(
  job: JobOf<'evaluate'>,
  ranking: TitleRanking,
  context: JobContext,
  tokenizer: TextTokenizer,
): Promise<TextSpace> {
  const { vectors, mean, words } = await context.itemVectors.get(keyOf(job, ranking), () =>
    ranking.grounding === 'words'
      ? vectorsOfWords(job, ranking, context)
      : vectorsOfBase(job, ranking, context, tokenizer),
  );
  if (words !== null) return { itemVectors: vectors, embedder: words };
  const plain = await openModelEmbedder(job, ranking, context, tokenizer);
  return {
    itemVectors: vectors,
    embedder: mean === null ? plain : centredEmbedder(plain, mean),
  };
}

/** All that the vectors depend on. */
function keyOf({ settings, inputs }: JobOf<'evaluate'>, ranking: TitleRanking): string {
  const { grounding, dimensions, textTokens } = ranking;
  return JSON.stringify(
    grounding === 'words'
      ? [settings.domain, inputs.data, grounding, dimensions]
      : [settings.domain, inputs.data, grounding, inputs.embedder, inputs.tokenizer, textTokens],
  );
}

async function vectorsOfWords(
  { settings }: JobOf<'evaluate'>,
  { dimensions }: TitleRanking,
  { domainData, signal }: JobContext,
): Promise<ItemVectors> {
  const texts = itemTexts(domainData(settings.domain));
  const words = createWordEmbedder(texts, dimensions, deriveSeed(0, `words/${settings.domain}`));
  const { vectors } = await embedItems(words, texts, { isCentred: false }, { signal });
  return { vectors, mean: null, words };
}

async function vectorsOfBase(
  job: JobOf<'evaluate'>,
  ranking: TitleRanking,
  context: JobContext,
  tokenizer: TextTokenizer,
): Promise<ItemVectors> {
  const texts = itemTexts(context.domainData(job.settings.domain));
  const embedder = await openModelEmbedder(job, ranking, context, tokenizer);
  try {
    const key = {
      embedder: inputOf(job.inputs, 'embedder'),
      tokenizer: inputOf(job.inputs, 'tokenizer'),
      textTokens: ranking.textTokens,
      texts,
    };
    const hooks = await keptVectors(context, key, embedder.width);
    const { vectors, mean } = await embedItems(embedder, texts, { isCentred: true }, hooks);
    return { vectors, mean, words: null };
  } finally {
    embedder.destroy();
  }
}

async function openModelEmbedder(
  { inputs }: JobOf<'evaluate'>,
  { textTokens }: TitleRanking,
  context: JobContext,
  tokenizer: TextTokenizer,
): Promise<TextEmbedder> {
  const base = await openInput(context, inputOf(inputs, 'embedder'));
  return createModelEmbedder(context.executor, {
    config: base.meta.config,
    parameters: base.parameters,
    encode: (text) => tokenizer.encode(text, { addedTokens: false }),
    maxTokens: textTokens,
  });
}
