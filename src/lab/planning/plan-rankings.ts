import type { Period } from '../../rec/data/types.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { ModelLabel, SettingsOf } from '../job/job.ts';
import { idOf, type Chain, type PlannedMerge } from './chain.ts';
import type { PlanBuilder } from './plan-builder.ts';
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

const VALIDATION = { split: 'validation' } as const;

/** The windows a model is measured on in its own contexts, and how. */
export function windowSettings(
  { experiment, sampling }: PlanBuilder,
  ranking: Ranking,
  domain: string,
  users: number,
): { readonly where: string; readonly settings: SettingsOf<'evaluate'> }[] {
  const { beam, batchUsers, cutoffs } = experiment.evaluation;
  const { test, validation } = experiment.contexts;
  const settings = (
    window: Period,
    split: Pick<SettingsOf<'evaluate'>, 'split'>,
  ): SettingsOf<'evaluate'> => ({
    domain,
    test: period(window),
    ...split,
    sampling,
    users,
    beam,
    batchUsers,
    cutoffs,
    ...ranking.settings(experiment),
  });
  return [
    { where: domain, settings: settings(test, {}) },
    ...(validation === null
      ? []
      : [{ where: `${domain} validation`, settings: settings(validation, VALIDATION) }]),
  ];
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

/** What a merge gets back where it is measured; a cell, and a merge elsewhere, nothing. */
export function restoring(place: PlannedMerge['own'][number] | undefined) {
  const restore = place?.restore;
  return {
    restore: restore === undefined ? {} : { restore },
    rows: restore === 'nothing' ? null : (place?.rows ?? null),
  };
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
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
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
        period: {
          name: 'all stages',
          startMs: stages[0].startMs,
          endMs: (stages.at(-1) ?? stages[0]).endMs,
        },
        test: period(test),
        sampling,
        optimizer: optimizerOf(experiment, itemTransformer),
        users: maxUsers,
        beam,
        batchUsers,
        cutoffs,
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}
