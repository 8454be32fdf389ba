import { embeddingTable } from '../../../nn/embedding-model/embedding-layout.ts';
import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { languageImport } from '../language/language-import.ts';
import { trainsModel } from '../language/language-need.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { planRankings } from '../../planning/plan-rankings.ts';
import { inspectData, type DomainChecks } from '../../work/inspect-data.ts';
import { unusableRows } from '../../work/merge-statistics.ts';
import type { Paradigm } from '../contract/paradigm.ts';
import { embeddingDocument } from './document.ts';
import { encoderConfigOf, itemVectorsOf } from './encoder-config.ts';
import { encoderUsage, exportEncoders } from './export-files.ts';
import { extendWithEncoders } from './extend-encoders.ts';
import { ownEncoder } from './own-encoder.ts';
import { embeddingRanking, embeddingTraining, planEmbeddingChain } from './plan.ts';
import { openEmbeddingProbe } from './probe.ts';
import { explainEmbeddings, rankEmbeddings } from './rank-embeddings.ts';
import { embeddingNeed, encoderModel } from './sizes.ts';
import { trainEmbedding } from './train-embedding.ts';

/** HLLM: an item encoder reads texts, a user encoder their vectors; cosines rank. */
export const embedding: Paradigm<'embedding'> = {
  document: embeddingDocument,
  jobs: [],
  cells: {
    train: trainEmbedding,
    rank: rankEmbeddings,
    explain: explainEmbeddings,
    extend: extendWithEncoders,
    openProbe: openEmbeddingProbe,
    trainingRows: (_, { name }) =>
      Promise.reject(unusableRows(name, 'is an embedding model, which predicts no tokens')),
  },
  ranking: embeddingRanking,
  imports: [languageImport(encoderModel)],
  planChain: planEmbeddingChain,
  planEvaluations: (builder, chain, merges) =>
    planRankings(builder, chain, merges, embeddingRanking),
  probe: embeddingTraining,
  restored: ownEncoder,
  restoresOnRequest: (experiment) => paradigmPlan(experiment, 'embedding').itemVectors === 'none',
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: (experiment, dataset, placeOf) => {
    let items = 0;
    const notes: DomainChecks['notes'] = (_, __, { itemIds }) => {
      items = Math.max(items, itemIds.length);
      return [];
    };
    const found = inspectData(experiment, dataset, placeOf, { notes });
    return { ...found, behaviour: null, ...(items > 0 && { items }) };
  },
  model: (experiment) => encoderModel(experiment),
  parameters: (experiment, facts) =>
    parameterCount(embeddingTable(encoderModel(experiment, facts)).layout),
  memoryNeed: async (experiment, profile, facts) => ({
    training: trainsModel(experiment) ? await embeddingNeed(experiment, profile, facts) : null,
    titles: null,
  }),
  layout: (meta) => embeddingTable(encoderConfigOf(meta)).layout,
  mergedFacts: itemVectorsOf,
  exportFiles: exportEncoders,
  usage: encoderUsage,
};
