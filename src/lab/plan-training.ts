import { AppError } from '../core/errors.ts';
import type { Experiment } from './experiment-types.ts';
import type { TaskSettings } from './job.ts';
import { planBase } from './plan-base.ts';
import { optimizerOf } from './plan-optimizer.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { period, seedSuffix } from './titles.ts';

/** Ids of one seed's chain: everything that merges and evaluations refer to. */
export interface Chain {
  readonly seed: number;
  readonly base: string;
  /** Per domain. */
  readonly data: ReadonlyMap<string, string>;
  readonly ids: ReadonlyMap<string, string>;
  /** Per domain, then per stage name. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Preparing, semantic ids, base, and the cells base → stage 1 → stage 2 … of each domain. */
export async function planTraining(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment, sampling } = builder;
  const { domains, stages, filter, maxPretrainTargets } = experiment.contexts;
  const suffix = seedSuffix(experiment, seed);
  const first = period(stages[0]);
  const data = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const domain of domains) {
    const prepared = await builder.add({
      kind: 'prepare',
      title: `prepare ${domain}`,
      // Nothing random: the same job for every seed.
      seed: 0,
      cell: null,
      settings: {
        dataset: builder.dataset,
        domain,
        minCount: filter.minCount,
        startMs: filter.startMs,
      },
      inputs: {},
    });
    data.set(domain, prepared);
    const usesHistories = ['co-occurrence', 'both'].includes(experiment.ids.features);
    const built = await builder.add({
      kind: 'ids',
      title: `semantic ids ${domain}${suffix}`,
      seed,
      cell: null,
      settings: { ...experiment.ids, domain, beforeMs: usesHistories ? first.endMs : null },
      inputs: { data: prepared },
    });
    ids.set(domain, built);
  }
  const base = await planBase(builder, seed, [...data.values()], [...ids.values()]);
  const cells = new Map<string, Map<string, string>>();
  for (const domain of domains) {
    const row = new Map<string, string>();
    let parent = base.start;
    for (const [index, stage] of stages.entries()) {
      const { score: scored, ...own } = stage.training;
      parent = await builder.add({
        kind: 'train',
        title: `train ${domain} ${stage.name}${suffix}`,
        seed,
        cell: { domain, stage: stage.name },
        settings: {
          domain,
          stage: period(stage),
          sampling,
          maxTargets: index === 0 ? maxPretrainTargets : null,
          score: scored,
          optimizer: optimizerOf(experiment, own),
          ...tasksOf(experiment, index),
        },
        inputs: {
          data: idOf(data, domain),
          ids: idOf(ids, domain),
          parent,
          ...(base.tokenizer !== null && { tokenizer: base.tokenizer }),
        },
      });
      row.set(stage.name, parent);
      builder.nameCheckpoint(`${domain}/${stage.name}/seed${String(seed)}`, parent);
    }
    cells.set(domain, row);
  }
  return { seed, base: base.start, data, ids, cells };
}

/** @errors internal when the plan names a domain that the document does not have */
export function idOf(ids: ReadonlyMap<string, string>, domain: string): string {
  const id = ids.get(domain);
  if (id === undefined) throw new AppError('internal', `The plan has no domain "${domain}".`);
  return id;
}

/** What a stage learns beside sequences, where the base knows text. */
function tasksOf(
  { base }: Experiment,
  stage: number,
): { readonly tasks: TaskSettings } | Record<never, never> {
  if (base.text === null) return {};
  const { textTokens, tasks } = base.text;
  const { alignment, laterAlignment, mixed, splitSoftmax, idWeight } = tasks;
  const share = stage === 0 ? alignment : laterAlignment;
  return { tasks: { alignment: share, mixed, textTokens, splitSoftmax, idWeight } };
}
