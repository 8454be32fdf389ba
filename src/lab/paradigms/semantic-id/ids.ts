import { buildSemanticIds, idsFromFeatures } from '../../../rec/semantic-ids/build-ids.ts';
import type { DenseMatrix } from '../../../core/dense-matrix.ts';
import { givenSemanticIds } from '../../../rec/semantic-ids/given-ids.ts';
import { reachabilityNotes } from '../../../rec/semantic-ids/reachability.ts';
import { itemTexts } from '../../../rec/text/item-text.ts';
import { createModelEmbedder } from '../../../rec/text/text-embedding.ts';
import type { DomainData, SemanticIds } from '../../../rec/data/types.ts';
import { idsArtefact, type IdsArtefact } from '../../results/artefacts.ts';
import type { JobOf } from '../../job/job.ts';
import { deriveSeed, inputOf, openInput, type JobContext } from '../../work/job-context.ts';
import { keptVectors } from '../../work/kept-vectors.ts';
import { inputTokenizer } from '../../work/text-tokens.ts';
import { idTables } from './id-tables.ts';
import { defineJob } from '../../work/define-job.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';

/** Builds a domain's semantic ids. */
export interface IdsSettings {
  readonly levels: number;
  readonly codes: number;
  readonly features: Experiment['ids']['features'];
  readonly dimensions: number;
  readonly domain: string;
  /** End of what co-occurrence may look at: of the first stage. null: features of text only. */
  readonly beforeMs: number | null;
  /** Tokens of a text that the base model reads; only with features of the base. */
  readonly textTokens?: number;
  /** Absent: titles. */
  readonly text?: 'descriptions';
}

declare module '../../job/job.ts' {
  interface JobTypes {
    readonly ids: MakesArtefact<
      IdsSettings,
      {
        readonly data: string;
        /** Model and tokenizer whose vectors of the texts become ids. */
        readonly embedder?: string;
        readonly tokenizer?: string;
      }
    >;
  }
}

/** Names every item of a domain by a path of codes. */
async function buildIds(job: JobOf<'ids'>, context: JobContext): Promise<IdsArtefact> {
  const { domain } = job.settings;
  const data = context.domainData(domain);
  const ids = await idsOf(job, context, data);
  const total = data.itemIds.length;
  context.progress(total, total, 'items');
  return { domain, itemIds: [...data.itemIds], ids: { ...ids } };
}

async function idsOf(
  job: JobOf<'ids'>,
  context: JobContext,
  data: DomainData,
): Promise<SemanticIds> {
  const { domain, levels, codes, features, dimensions, beforeMs, text } = job.settings;
  const seed = deriveSeed(job.seed, `ids/${domain}`);
  switch (features) {
    case 'file':
      return givenSemanticIds(data, levels, codes);
    case 'base':
      return idsFromFeatures(await baseFeatures(job, context, data), levels, codes, seed);
    case 'tfidf':
    case 'co-occurrence':
    case 'both':
      return buildSemanticIds(data, {
        levels,
        codesPerLevel: codes,
        features,
        dimensions,
        // Text alone looks at no interaction, whatever the time.
        beforeMs: beforeMs ?? -Infinity,
        seed,
        ...(text !== undefined && { text }),
      });
  }
}

/**
 * The base model's vectors of the items' texts, less their mean: what all texts have in common
 * would take the first level's codes.
 */
async function baseFeatures(
  job: JobOf<'ids'>,
  context: JobContext,
  data: DomainData,
): Promise<DenseMatrix> {
  const tokenizerId = inputOf(job.inputs, 'tokenizer');
  const embedderId = inputOf(job.inputs, 'embedder');
  const tokenizer = await inputTokenizer(context, tokenizerId);
  const model = await openInput(context, embedderId);
  const { textTokens = 1 } = job.settings;
  const embedder = await createModelEmbedder(context.executor, {
    config: model.meta.config,
    parameters: model.parameters,
    encode: (text) => tokenizer.encode(text, { addedTokens: false }),
    maxTokens: textTokens,
  });
  try {
    const texts = itemTexts(data);
    const key = { embedder: embedderId, tokenizer: tokenizerId, textTokens, texts };
    const columns = embedder.width;
    const vectors = await embedder.embed(texts, await keptVectors(context, key, columns));
    const rows = vectors.length / columns;
    const values = Float64Array.from(vectors);
    for (let column = 0; column < columns; column++) {
      let mean = 0;
      for (let row = 0; row < rows; row++) mean += (values[row * columns + column] ?? 0) / rows;
      for (let row = 0; row < rows; row++) {
        const at = row * columns + column;
        values[at] = (values[at] ?? 0) - mean;
      }
    }
    return { rows, columns, values };
  } finally {
    embedder.destroy();
  }
}

export const idsJob = defineJob({
  kind: 'ids',
  rank: 3,
  makes: idsArtefact,
  run: buildIds,
  notes: (_, { domain, ids }) => reachabilityNotes(domain, ids),
  tables: idTables,
});
