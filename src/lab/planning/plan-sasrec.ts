import { itemPositionsFor } from '../../rec/rows/item-buckets.ts';
import type { Period } from '../../rec/data/types.ts';
import { SASREC_CLIP, SASREC_DROPOUT, type SasrecOption } from '../experiment/sasrec-section.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { OptimizerSettings, ValidationSettings } from '../job/job-settings.ts';
import { idOf, type Chain } from './chain.ts';
import { maskOf } from './evaluation-windows.ts';
import type { PlanBuilder } from './plan-builder.ts';

/** SASRec of every domain, where the document asks for it. */
export async function planSasrec(builder: PlanBuilder, chain: Chain): Promise<void> {
  const { experiment, sampling } = builder;
  const { domains, stages, test } = experiment.contexts;
  const { sasrec, maxUsers, batchUsers, cutoffs } = experiment.evaluation;
  if (sasrec === undefined) return;
  const { layers, width, heads, feedForward } = sasrec;
  for (const domain of domains) {
    await builder.add({
      kind: 'sasrec',
      title: `SASRec ${domain}${seedSuffix(experiment, chain.seed)}`,
      seed: chain.seed,
      cell: null,
      settings: {
        domain,
        model: { layers, width, heads, feedForward },
        period: allStages(stages),
        test: period(test),
        sampling,
        optimizer: sasrecOptimizer(sasrec, experiment),
        users: maxUsers,
        batchUsers,
        cutoffs,
        ...maskOf(experiment),
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}

/** From the beginning of the first stage to the end of the last. */
export function allStages(stages: Experiment['contexts']['stages']): Period {
  const { endMs } = stages.at(-1) ?? stages[0];
  return { name: 'all stages', startMs: stages[0].startMs, endMs };
}

/** Its own, whatever the document says of its cells: a baseline is not weakened by their settings. */
function sasrecOptimizer(
  { epochs, learningRate, dropout, sequencesPerBatch, ...rest }: SasrecOption,
  { contexts }: Experiment,
): OptimizerSettings {
  const { weightDecay, warmupSteps, validation } = rest;
  const rates = dropout ?? SASREC_DROPOUT;
  const isDropping = Object.values(rates).some((each) => each > 0);
  return {
    // Rows of the longest histories; most batches hold shorter ones.
    tokensPerBatch: sequencesPerBatch * itemPositionsFor(contexts.history),
    ...{ sequencesPerBatch, warmupSteps, weightDecay, epochs, learningRate },
    clipNorm: SASREC_CLIP,
    finalLearningRateFraction: 1,
    schedule: 'constant',
    ...(isDropping && { dropout: rates }),
    ...(validation !== 'none' && { validation: held(validation, contexts.validation) }),
  };
}

function held(
  { by, share, patience }: Exclude<SasrecOption['validation'], 'none'>,
  window: Experiment['contexts']['validation'],
): ValidationSettings {
  return {
    ...{ by, share, patience, metric: 'ndcg' },
    ...(by === 'window' && window !== null && { window: period(window) }),
  };
}
