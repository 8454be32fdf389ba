import type { ScalingPlan } from '../../experiment/analysis-section.ts';
import { sizeName, type BehaviourSizes } from '../../experiment/behaviour-sizes.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { period, seedSuffix } from '../../experiment/titles.ts';
import type { ModelLabel, SettingsOf } from '../../job/job.ts';
import type { Chain, PlannedMerge } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { keepingSettings } from '../../planning/plan-optimizer.ts';
import { importedBehaviour } from './behaviour-import.ts';
import { behaviourOptions, type DiscriminativePlan } from './behaviour-options.ts';
import type { ClickOptimizer } from './jobs/click-settings.ts';
import { clickStages, columnsOf, type ClickColumn } from './columns.ts';

/** Data, pretraining and the cells of one seed: domains × strategies (of each stage). */
export async function planClickChain(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment } = builder;
  const plan = paradigmPlan(experiment, 'discriminative');
  const { domains } = experiment.contexts;
  const data = await planClickData(builder, plan);
  const { layers, width, heads } = experiment.model;
  const sizes = { layers, width, heads };
  const base = await planStart(builder, plan, { seed, data, sizes });
  builder.nameCheckpoint(`base/seed${String(seed)}`, base.start);
  const columns = columnsOf(clickStages(stageNames(experiment), plan), plan);
  const cells = new Map<string, ReadonlyMap<string, string>>();
  for (const domain of domains) {
    const row = new Map<string, string>();
    for (const { name, ...column } of columns) {
      const settings = trainSettings(experiment, plan, domain, column);
      const title = `train ${domain} ${name}${seedSuffix(experiment, seed)}`;
      const cell = { domain, stage: name };
      const id = await addTraining(builder, { title, seed, cell, data, base, settings });
      builder.nameCheckpoint(`${domain}/${name}/seed${String(seed)}`, id);
      row.set(name, id);
    }
    cells.set(domain, row);
  }
  const byDomain = new Map(domains.map((domain) => [domain, data]));
  return { seed, base: base.start, text: null, data: byDomain, ids: new Map(), cells };
}

function stageNames({ contexts }: Experiment): string[] {
  return contexts.stages.map(({ name }) => name);
}

function planClickData(builder: PlanBuilder, plan: DiscriminativePlan): Promise<string> {
  const { experiment, dataset } = builder;
  const { domains, filter } = experiment.contexts;
  return builder.add({
    kind: 'click-data',
    title: 'sequences and impressions',
    // Draws depend on the data alone: the same impressions for every seed and model.
    seed: 0,
    cell: null,
    settings: { dataset, domains, filter, options: behaviourOptions(experiment, plan) },
    inputs: {},
  });
}

/** Pretrained parameters, and the same with a click head. */
interface PlannedStart {
  readonly pretrained: string;
  readonly start: string;
}

interface StartRequest {
  readonly seed: number;
  readonly data: string;
  readonly sizes: BehaviourSizes;
}

async function planStart(
  builder: PlanBuilder,
  plan: DiscriminativePlan,
  { seed, data, sizes }: StartRequest,
): Promise<PlannedStart> {
  const { experiment } = builder;
  const { sequencesPerBatch, negatives, negativesFrom, epochs, learningRate } = plan.pretraining;
  const own = `${sizeName(sizes)}${seedSuffix(experiment, seed)}`;
  const { behaviour } = experiment.base;
  const imported = behaviour === undefined ? null : importedBehaviour(behaviour);
  const pretrained = await builder.add({
    kind: 'pretrain',
    title: `${imported !== null && epochs === 0 ? 'import' : 'pretrain'} ${own}`,
    seed,
    cell: null,
    settings: {
      ...(imported !== null && { imported: imported.digest }),
      sizes,
      history: experiment.contexts.history,
      sequencesPerBatch,
      negatives,
      ...(negativesFrom === 'domain' && { negativesFrom }),
      optimizer: optimizerOf(experiment, plan, { epochs, learningRate }),
    },
    inputs: { data },
  });
  builder.nameCheckpoint(`pretrained ${sizeName(sizes)}/seed${String(seed)}`, pretrained);
  const { numbers, moments, attention } = plan;
  const start = await builder.add({
    kind: 'click-start',
    title: `base with a click head ${own}`,
    seed,
    cell: null,
    settings: { head: { numbers, moments, attention } },
    inputs: { pretrained },
  });
  builder.nameCheckpoint(`base with a click head ${sizeName(sizes)}/seed${String(seed)}`, start);
  return { pretrained, start };
}

function trainSettings(
  experiment: Experiment,
  plan: DiscriminativePlan,
  domain: string,
  { stage, strategy, ranker }: Omit<ClickColumn, 'name'>,
): SettingsOf<'train-click'> {
  const { epochs, learningRate, impressionsPerBatch } = plan.training;
  const optimizer = optimizerOf(experiment, plan, { epochs, learningRate });
  const { sparse, probe, firstEpochParts } = plan;
  const own = ranker === null ? {} : { ranker };
  const parts = firstEpochParts === 1 ? {} : { firstEpochParts };
  return {
    domain,
    stage,
    strategy,
    ...own,
    sparse,
    impressionsPerBatch,
    probe,
    ...parts,
    optimizer,
  };
}

function optimizerOf(
  experiment: Experiment,
  plan: DiscriminativePlan,
  pass: Pick<ClickOptimizer, 'epochs' | 'learningRate'>,
): ClickOptimizer {
  const { warmupSteps, weightDecay, clipNorm, finalLearningRateFraction } = plan;
  return {
    ...pass,
    ...{ warmupSteps, weightDecay, clipNorm, finalLearningRateFraction },
    ...keepingSettings(plan, experiment, false),
  };
}

function addTraining(
  builder: PlanBuilder,
  request: {
    readonly title: string;
    readonly seed: number;
    readonly cell: { readonly domain: string; readonly stage: string } | null;
    readonly data: string;
    readonly base: PlannedStart;
    readonly settings: SettingsOf<'train-click'>;
  },
): Promise<string> {
  const { title, seed, cell, data, base, settings } = request;
  return builder.add({
    kind: 'train-click',
    title,
    seed,
    cell,
    settings,
    inputs: { data, ...base },
  });
}

/** Cells and merges on test impressions of all domains; popularity, and the learning curves. */
export async function planClickEvaluations(
  builder: PlanBuilder,
  chain: Chain,
  merges: readonly PlannedMerge[],
): Promise<void> {
  const { contexts, evaluation } = builder.experiment;
  const { domains } = contexts;
  for (const domain of evaluation.baselines ? domains : []) {
    const label = { model: 'popularity', kind: 'baseline', own: true } as const;
    await addEvaluation(builder, { chain, label, model: null, domain });
  }
  for (const [domain, row] of chain.cells) {
    for (const [column, model] of row) {
      for (const other of domains) {
        const own = other === domain;
        const label = { model: `${domain}/${column}`, kind: 'cell', own } as const;
        await addEvaluation(builder, { chain, label, model, domain: other });
      }
    }
  }
  for (const { id, model, own } of merges) {
    for (const domain of domains) {
      const isOwn = own.some((place) => place.domain === domain);
      const label = { model, kind: 'merge', own: isOwn } as const;
      await addEvaluation(builder, { chain, label, model: id, domain });
    }
  }
  await planLearningCurves(builder, chain);
}

async function addEvaluation(
  builder: PlanBuilder,
  request: {
    readonly chain: Chain;
    readonly label: ModelLabel;
    readonly model: string | null;
    readonly domain: string;
  },
): Promise<void> {
  const { chain, label, model, domain } = request;
  const { contexts, evaluation } = builder.experiment;
  if (!label.own && !evaluation.crossMatrix) return;
  const data = chain.data.get(domain);
  if (data === undefined) return;
  const suffix = model === null ? '' : seedSuffix(builder.experiment, chain.seed);
  await builder.add({
    kind: 'evaluate-click',
    title: `evaluate ${label.model} on ${domain}${suffix}`,
    // A baseline holds nothing random: one job serves every seed.
    seed: model === null ? 0 : chain.seed,
    cell: null,
    settings: {
      domain,
      test: period(contexts.test),
      ...(model === null && { baseline: 'popularity' as const }),
    },
    inputs: { data, ...(model !== null && { model }) },
    label,
  });
}

/** The overfitting picture of one seed: nothing is computed, the cells' own measurements meet. */
async function planLearningCurves(builder: PlanBuilder, chain: Chain): Promise<void> {
  const models = [...chain.cells.values()].flatMap((row) => [...row.values()]);
  const names = [...chain.cells].flatMap(([domain, row]) =>
    [...row.keys()].map((column) => `${domain}/${column}`),
  );
  await builder.add({
    kind: 'analysis',
    title: `learning curves${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { kind: 'learning-curves' },
    inputs: { models },
    label: { name: 'learning curves', models: names, base: null },
  });
}

/** Click models of every size, strategy and seed; those of the document's own size are its cells. */
export async function planScaling(builder: PlanBuilder, scaling: ScalingPlan): Promise<void> {
  const { experiment } = builder;
  const plan = paradigmPlan(experiment, 'discriminative');
  const data = await planClickData(builder, plan);
  const domain = scaling.domain ?? experiment.contexts.domains[0] ?? '';
  const stage = clickStages(stageNames(experiment), plan).at(-1) ?? '';
  const strategies = scaling.strategies ?? plan.strategies;
  const models: string[] = [];
  for (const seed of experiment.seeds) {
    for (const sizes of scaling.sizes) {
      const base = await planStart(builder, plan, { seed, data, sizes });
      for (const strategy of strategies) {
        const column = { stage, strategy, ranker: null };
        const settings = trainSettings(experiment, plan, domain, column);
        const what = `${sizeName(sizes)} ${strategy}`;
        const title = `train ${domain} ${what}${seedSuffix(experiment, seed)}`;
        const id = await addTraining(builder, { title, seed, cell: null, data, base, settings });
        builder.nameCheckpoint(`${domain}/${what}/seed${String(seed)}`, id);
        models.push(id);
      }
    }
  }
  await builder.add({
    kind: 'analysis',
    title: `analysis ${scaling.name}`,
    // Of all seeds together.
    seed: 0,
    cell: null,
    settings: { kind: 'scaling', domain, epoch: scaling.epoch },
    inputs: { models },
    label: { name: scaling.name, models: scaling.sizes.map(sizeName), base: null },
  });
}
