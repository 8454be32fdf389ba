import { embeddingTable } from '../../../nn/embedding-model/embedding-layout.ts';
import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { languageImport } from '../language/language-import.ts';
import { trainsModel } from '../language/language-need.ts';
import { planRankings } from '../../planning/plan-rankings.ts';
import { inspectData } from '../../work/inspect-data.ts';
import { unusableRows } from '../../work/merge-statistics.ts';
import type { Paradigm } from '../contract/paradigm.ts';
import { embeddingDocument } from './document.ts';
import { encoderUsage, exportEncoders } from './export-files.ts';
import { extendWithEncoders } from './extend-encoders.ts';
import { ownEncoder } from './own-encoder.ts';
import { embeddingRanking, embeddingTraining, planEmbeddingChain } from './plan.ts';
import { openEmbeddingProbe } from './probe.ts';
import { rankEmbeddings } from './rank-embeddings.ts';
import { embeddingNeed, encoderModel } from './sizes.ts';
import { trainEmbedding } from './train-embedding.ts';

/** HLLM: an item encoder reads texts, a user encoder their vectors; cosines rank. */
export const embedding: Paradigm<'embedding'> = {
  document: embeddingDocument,
  jobs: [],
  cells: {
    train: trainEmbedding,
    rank: rankEmbeddings,
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
  restoresOnRequest: true,
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: (experiment, dataset, placeOf) => ({
    ...inspectData(experiment, dataset, placeOf),
    behaviour: null,
  }),
  model: encoderModel,
  parameters: (experiment) => parameterCount(embeddingTable(encoderModel(experiment)).layout),
  memoryNeed: async (experiment, profile) => ({
    training: trainsModel(experiment) ? await embeddingNeed(experiment, profile) : null,
    titles: null,
  }),
  layout: ({ config }) => embeddingTable(config).layout,
  mergedFacts: () => ({}),
  exportFiles: exportEncoders,
  usage: encoderUsage,
};
