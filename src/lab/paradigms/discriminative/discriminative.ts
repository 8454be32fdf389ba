import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { Paradigm } from '../contract/paradigm.ts';
import { behaviourImport } from './behaviour-import.ts';
import { behaviourOf } from './behaviour-meta.ts';
import { clickDigest } from './behaviour-source.ts';
import { learningCurves, scaling } from './click-analysis.ts';
import { clickDataJob } from './jobs/click-data.ts';
import { clickStartJob } from './jobs/click-start.ts';
import { discriminativeDocument } from './document.ts';
import { evaluateClickJob } from './jobs/evaluate-click.ts';
import { behaviourUsage, exportBehaviour } from './export-behaviour.ts';
import { inspectClicks } from './inspect-clicks.ts';
import { behaviourLayout } from './layout.ts';
import { planClickChain, planClickEvaluations, planScaling } from './plan.ts';
import { pretrainJob } from './jobs/pretrain.ts';
import { clickRecommender } from './recommend-clicks.ts';
import { clickNeed, clickParameters, notLanguage } from './sizes.ts';
import { trainClickJob } from './jobs/train-click.ts';

/** GPSD: pretraining on behaviour sequences, then click models that start from it. */
export const discriminative: Paradigm<'discriminative'> = {
  document: discriminativeDocument,
  jobs: [clickDataJob, pretrainJob, clickStartJob, trainClickJob, evaluateClickJob],
  cells: null,
  ranking: null,
  recommender: clickRecommender,
  imports: [behaviourImport],
  planChain: planClickChain,
  planEvaluations: planClickEvaluations,
  planAnalysis: async (builder, plan) => {
    if (plan.kind === 'scaling') await planScaling(builder, plan);
  },
  probe: () => ({}),
  digest: clickDigest,
  analyses: { 'learning-curves': learningCurves, scaling },
  inspect: inspectClicks,
  model: () => {
    throw notLanguage();
  },
  parameters: (_, { behaviour }) => clickParameters(behaviour),
  memoryNeed: async (experiment, profile, { behaviour }) => ({
    training: await clickNeed(experiment, profile, behaviour),
    titles: null,
  }),
  layout: behaviourLayout,
  mergedFacts,
  exportFiles: exportBehaviour,
  usage: behaviourUsage,
};

/** A merge of click models is one, but no strategy made it and nothing was measured on the way. */
function mergedFacts(meta: CheckpointMeta): Pick<CheckpointMeta, 'behaviour'> {
  const { config, din, hasHead, data } = behaviourOf(meta);
  return { behaviour: { config, ...(din !== undefined && { din }), hasHead, data } };
}
