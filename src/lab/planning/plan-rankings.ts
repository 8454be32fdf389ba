import { HALF_LIFE_DAYS } from '../../rec/evaluation/popularity-recency.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { ModelLabel, SettingsOf } from '../job/job.ts';
import { idOf, type Chain, type PlannedMerge } from './chain.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { maskOf, restoring, windowSettings } from './evaluation-windows.ts';
import { planHybrids } from './plan-hybrids.ts';
import { allStages, planSasrec } from './plan-sasrec.ts';
import { optimizerOf } from './plan-optimizer.ts';
import type { Ranking } from './ranking.ts';

/**
 * Every checkpoint on its own context and, for the cross matrix, on every other domain; and the
 * baselines. Across domains a checkpoint decodes the evaluated domain's ids with the id rows it
 * has: that is the number which shows what token ids of two domains mean to each other.
 */
export async function planRankings(
  builder: PlanBuilder,
  chain: Chain,
  merges: readonly PlannedMerge[],
  ranking: Ranking,
): Promise<void> {
  const { experiment } = builder;
  const { domains } = experiment.contexts;
  if (experiment.evaluation.baselines) await planBaselines(builder, chain);
  await planItemTransformers(builder, chain);
  await planSasrec(builder, chain);
  await planHybrids(builder, chain, merges, ranking);
  for (const domain of ranking.ranksBase(experiment) ? domains : []) {
    const label = { model: 'base', kind: 'base', own: true } as const;
    await addEvaluation(builder, chain, ranking, label, chain.base, domain);
  }
  for (const [domain, row] of chain.cells) {
    for (const [stage, id] of row) {
      for (const other of domains) {
        const label = { model: `${domain}/${stage}`, kind: 'cell', own: other === domain } as const;
        await addEvaluation(builder, chain, ranking, label, id, other);
      }
    }
  }
  for (const { id, model, own } of merges) {
    for (const domain of domains) {
      const place = own.find((candidate) => candidate.domain === domain);
      const label = { model, kind: 'merge', own: place !== undefined } as const;
      await addEvaluation(builder, chain, ranking, label, id, domain, place);
    }
  }
}

async function addEvaluation(
  builder: PlanBuilder,
  chain: Chain,
  ranking: Ranking,
  label: ModelLabel,
  model: string,
  domain: string,
  place?: PlannedMerge['own'][number],
): Promise<void> {
  const { experiment } = builder;
  const { restore, rows } = restoring(place);
  const { crossMatrix, maxUsers, crossUsers } = experiment.evaluation;
  if (!label.own && !crossMatrix) return;
  const users = label.own ? maxUsers : Math.min(crossUsers, maxUsers);
  const windows = windowSettings(builder, ranking, domain, users);
  for (const { where, settings } of label.own ? windows : windows.slice(0, 1)) {
    await builder.add({
      kind: 'evaluate',
      title: `evaluate ${label.model} on ${where}${seedSuffix(experiment, chain.seed)}`,
      seed: chain.seed,
      cell: null,
      settings: { ...settings, ...restore },
      inputs: {
        data: idOf(chain.data, domain),
        model,
        rows,
        ...ranking.readers(experiment, chain, domain),
      },
      label,
    });
  }
}

async function planBaselines(builder: PlanBuilder, chain: Chain): Promise<void> {
  const { experiment, sampling } = builder;
  const { domains, stages, test } = experiment.contexts;
  for (const domain of domains) {
    await builder.add({
      kind: 'baseline',
      title: `baselines ${domain}`,
      // Baselines have no randomness: one job serves every seed.
      seed: 0,
      cell: null,
      settings: {
        domain,
        test: period(test),
        lastStage: period(stages.at(-1) ?? test),
        sampling,
        users: experiment.evaluation.maxUsers,
        cutoffs: experiment.evaluation.cutoffs,
        ...chosenMask(experiment),
        ...(experiment.evaluation.oracle === true && { oracle: true }),
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}

/** With a chosen mask the popularity–recency coefficient of titles is among the baselines. */
function chosenMask(
  experiment: Experiment,
): Pick<SettingsOf<'baseline'>, 'maskHistory' | 'halfLifeDays'> {
  const mask = maskOf(experiment);
  if (mask.maskHistory === undefined) return {};
  return { ...mask, halfLifeDays: HALF_LIFE_DAYS };
}

async function planItemTransformers(builder: PlanBuilder, chain: Chain): Promise<void> {
  const { experiment, sampling } = builder;
  const { domains, stages, test } = experiment.contexts;
  const { itemTransformer, maxUsers, beam, batchUsers, cutoffs } = experiment.evaluation;
  if (itemTransformer === undefined) return;
  for (const domain of domains) {
    await builder.add({
      kind: 'item-transformer',
      title: `item-id transformer ${domain}${seedSuffix(experiment, chain.seed)}`,
      seed: chain.seed,
      cell: null,
      settings: {
        domain,
        model: experiment.model,
        period: allStages(stages),
        test: period(test),
        sampling,
        optimizer: optimizerOf(experiment, itemTransformer),
        users: maxUsers,
        beam,
        batchUsers,
        cutoffs,
        ...maskOf(experiment),
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}
