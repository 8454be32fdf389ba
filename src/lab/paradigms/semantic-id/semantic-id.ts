import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { parameterLayout } from '../../../nn/transformer/layout.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { planRankings } from '../../planning/plan-rankings.ts';
import { inspectData } from '../../work/inspect-data.ts';
import {
  CAUSAL_LINES,
  exportLanguageModel,
  languageModelPieces,
  TRANSFORMERS,
} from '../language/export-language-model.ts';
import { languageNeed, textNeed } from '../language/language-need.ts';
import type { ModelUsage, Paradigm } from '../contract/paradigm.ts';
import { baseJob } from './base.ts';
import { semanticIdDocument } from './document.ts';
import { idFaults } from './id-faults.ts';
import { idNotes } from './id-notes.ts';
import { idsJob } from './ids.ts';
import { idRanking, planIdChain } from './plan.ts';
import { openIdLossProbe } from './probe.ts';
import { countUnreachable, idRows, openIdProbe, openIdRanker, rankIds } from './rank-ids.ts';
import { idModel } from './sizes.ts';
import { extendWithIds, idTrainingRows, trainIds } from './train-ids.ts';

/** LC-Rec: items are paths of codes, decoded by beam search over a trie. */
export const semanticId: Paradigm<'semantic-id'> = {
  document: semanticIdDocument,
  jobs: [idsJob, baseJob],
  cells: {
    train: trainIds,
    rank: rankIds,
    countUnreachable,
    extend: extendWithIds,
    openRanker: openIdRanker,
    openProbe: openIdLossProbe,
    trainingRows: idTrainingRows,
    openLiveProbe: openIdProbe,
  },
  ranking: idRanking,
  planChain: planIdChain,
  planEvaluations: (builder, chain, merges) => planRankings(builder, chain, merges, idRanking),
  probe: (experiment) => {
    if (experiment.base.text === null) return {};
    return { splitSoftmax: paradigmPlan(experiment, 'semantic-id').tasks.splitSoftmax };
  },
  restored: idRows,
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: (experiment, dataset, placeOf) => ({
    ...inspectData(experiment, dataset, placeOf, { faults: idFaults, notes: idNotes }),
    behaviour: null,
  }),
  model: idModel,
  parameters: (experiment) => parameterCount(parameterLayout(idModel(experiment))),
  memoryNeed: async (experiment, profile) => ({
    training: await languageNeed(experiment, profile, idModel(experiment)),
    titles: null,
    ...(experiment.ids.features === 'base' && { texts: await textNeed(experiment, profile) }),
  }),
  layout: ({ config }) => parameterLayout(config),
  mergedFacts: () => ({}),
  exportFiles: exportLanguageModel,
  exportPieces: languageModelPieces,
  usage,
};

/** Of a model with ids, or of the language model before they are added. */
function usage({ vocabulary }: CheckpointMeta): ModelUsage {
  const common = { library: TRANSFORMERS, python: CAUSAL_LINES };
  if (vocabulary.levels === 0) {
    const io = ['It knows the texts of the items, and no interaction.'];
    return { tag: 'language-model', io, ...common };
  }
  const begin =
    vocabulary.special === undefined
      ? '`<bos>`'
      : `the token ${String(vocabulary.special.bos)} (\`bos_token_id\`)`;
  return {
    tag: semanticIdDocument.kind,
    io: [
      `An item is ${String(vocabulary.levels)} tokens of ${String(vocabulary.codes)} codes each (\`semantic_ids.json\`).`,
      `Input: ${begin} and the tokens of the history, oldest first. Output: the tokens of the next item.`,
    ],
    ...common,
  };
}
