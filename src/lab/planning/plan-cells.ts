import type { Experiment, StagePlan } from '../experiment/experiment-types.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { SettingsOf } from '../job/job.ts';
import { idOf, type Chain } from './chain.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { optimizerOf } from './plan-optimizer.ts';

/** What a stage learns beside plain sequences. @param stage its place */
type LearntOf = (stage: number) => Pick<SettingsOf<'train'>, 'tasks' | 'paradigm'>;

/** The filtered data of every domain. */
export async function planData(builder: PlanBuilder): Promise<Map<string, string>> {
  const { domains, filter } = builder.experiment.contexts;
  const { minCount, startMs } = filter;
  const data = new Map<string, string>();
  for (const domain of domains) {
    const prepared = await builder.add({
      kind: 'prepare',
      title: `prepare ${domain}`,
      // Nothing random: the same job for every seed.
      seed: 0,
      cell: null,
      settings: { dataset: builder.dataset, domain, minCount, startMs },
      inputs: {},
    });
    data.set(domain, prepared);
  }
  return data;
}

/** The cells base → stage 1 → stage 2 … of each domain. */
export async function planCells(
  builder: PlanBuilder,
  chain: Omit<Chain, 'cells'>,
  learnt: LearntOf,
): Promise<Chain> {
  const cells = new Map<string, ReadonlyMap<string, string>>();
  for (const domain of builder.experiment.contexts.domains) {
    cells.set(domain, await planDomain(builder, chain, domain, learnt));
  }
  return { ...chain, cells };
}

async function planDomain(
  builder: PlanBuilder,
  chain: Omit<Chain, 'cells'>,
  domain: string,
  learnt: LearntOf,
): Promise<Map<string, string>> {
  const { experiment, sampling } = builder;
  const { stages, maxPretrainTargets } = experiment.contexts;
  const { seed, text, data, ids } = chain;
  const cells = new Map<string, string>();
  let parent = chain.base;
  for (const [index, stage] of stages.entries()) {
    parent = await builder.add({
      kind: 'train',
      title: `train ${domain} ${stage.name}${seedSuffix(experiment, seed)}`,
      seed,
      cell: { domain, stage: stage.name },
      settings: {
        domain,
        stage: period(stage),
        sampling,
        maxTargets: index === 0 ? maxPretrainTargets : null,
        ...passOf(experiment, stage, index > 0),
        ...learnt(index),
      },
      inputs: {
        data: idOf(data, domain),
        ...(ids.has(domain) && { ids: idOf(ids, domain) }),
        parent,
        ...(text !== null && { tokenizer: text.tokenizer }),
      },
    });
    cells.set(stage.name, parent);
    builder.nameCheckpoint(`${domain}/${stage.name}/seed${String(seed)}`, parent);
  }
  return cells;
}

function passOf(experiment: Experiment, { training }: StagePlan, hasBefore: boolean) {
  const { score, ...pass } = training;
  return { score, optimizer: optimizerOf(experiment, pass, hasBefore) };
}
