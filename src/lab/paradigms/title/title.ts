import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { parameterLayout } from '../../../nn/transformer/layout.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { planRankings } from '../../planning/plan-rankings.ts';
import { inspectData } from '../../work/inspect-data.ts';
import {
  CAUSAL_LINES,
  exportLanguageModel,
  languageModelPieces,
  TRANSFORMERS,
} from '../language/export-language-model.ts';
import { languageImport } from '../language/language-import.ts';
import { languageNeed, textNeed } from '../language/language-need.ts';
import type { Paradigm } from '../contract/paradigm.ts';
import { titleDocument } from './document.ts';
import { explainTitles } from './explain-titles.ts';
import { planTitleChain, titleRanking, titleTraining } from './plan.ts';
import { openTitleProbe } from './probe.ts';
import { rankTitles } from './rank-titles.ts';
import { samplingNeed, titleModel } from './sizes.ts';
import { titleTrainingRows, trainTitles } from './train-titles.ts';

/** BIGRec: titles are sampled and grounded on the nearest items. */
export const title: Paradigm<'title'> = {
  document: titleDocument,
  jobs: [],
  cells: {
    train: trainTitles,
    rank: rankTitles,
    explain: explainTitles,
    openProbe: openTitleProbe,
    trainingRows: titleTrainingRows,
  },
  ranking: titleRanking,
  imports: [languageImport(titleModel)],
  planChain: planTitleChain,
  planEvaluations: (builder, chain, merges) => planRankings(builder, chain, merges, titleRanking),
  probe: titleTraining,
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: (experiment, dataset, placeOf) => ({
    ...inspectData(experiment, dataset, placeOf),
    behaviour: null,
  }),
  model: titleModel,
  parameters: (experiment) => parameterCount(parameterLayout(titleModel(experiment))),
  memoryNeed: async (experiment, profile) => ({
    training: await languageNeed(experiment, profile, titleModel(experiment)),
    titles: await samplingNeed(experiment, profile),
    ...(paradigmPlan(experiment, 'title').grounding === 'base' && {
      texts: await textNeed(experiment, profile),
    }),
  }),
  layout: ({ config }) => parameterLayout(config),
  mergedFacts: () => ({}),
  exportFiles: exportLanguageModel,
  exportPieces: languageModelPieces,
  usage: () => ({
    tag: 'text-grounded',
    library: TRANSFORMERS,
    io: ['An item is its title: sampled titles are grounded on the nearest items.'],
    python: CAUSAL_LINES,
  }),
};
