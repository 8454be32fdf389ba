import { AppError } from '../core/errors.ts';
import type { Experiment, StagePass } from './experiment-types.ts';
import type { OptimizerSettings } from './job.ts';
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
  const { score, ...pass } = experiment.base;
  const { levels, codes } = experiment.ids;
  const base = await builder.add({
    kind: 'base',
    title: `train base${suffix}`,
    seed,
    cell: null,
    settings: {
      model: experiment.model,
      vocabulary: { levels, codes },
      domains,
      period: first,
      sampling,
      maxTargets: maxPretrainTargets,
      score,
      optimizer: optimizerOf(experiment, pass),
    },
    inputs: { data: [...data.values()], ids: [...ids.values()] },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, base);
  const cells = new Map<string, Map<string, string>>();
  for (const domain of domains) {
    const row = new Map<string, string>();
    let parent = base;
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
        },
        inputs: { data: idOf(data, domain), ids: idOf(ids, domain), parent },
      });
      row.set(stage.name, parent);
      builder.nameCheckpoint(`${domain}/${stage.name}/seed${String(seed)}`, parent);
    }
    cells.set(domain, row);
  }
  return { seed, base, data, ids, cells };
}

/** @errors internal when the plan names a domain that the document does not have */
export function idOf(ids: ReadonlyMap<string, string>, domain: string): string {
  const id = ids.get(domain);
  if (id === undefined) throw new AppError('internal', `The plan has no domain "${domain}".`);
  return id;
}

/** Settings of one training run as they enter its job. */
export function optimizerOf(
  { training }: Experiment,
  { epochs, learningRate }: Pick<StagePass, 'epochs' | 'learningRate'>,
): OptimizerSettings {
  const { tokensPerBatch, warmupSteps, weightDecay, clipNorm, finalLearningRateFraction } =
    training;
  const { accumulationSteps, recompute } = training;
  return {
    tokensPerBatch,
    warmupSteps,
    weightDecay,
    clipNorm,
    finalLearningRateFraction,
    epochs,
    learningRate,
    ...(accumulationSteps > 1 ? { accumulationSteps } : {}),
    ...(recompute ? { recompute } : {}),
  };
}
