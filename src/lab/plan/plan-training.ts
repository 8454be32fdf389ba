import { AppError } from '../../core/errors.ts';
import type { Experiment, StagePlan } from '../experiment/experiment-types.ts';
import type { SettingsOf } from '../job/job.ts';
import { planSequenceBase, planStart, planTextBase, type PlannedTextBase } from './plan-base.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { optimizerOf } from '../planning/plan-optimizer.ts';
import { period, seedSuffix } from '../experiment/titles.ts';

/** Ids of one seed's chain: everything that merges and evaluations refer to. */
export interface Chain {
  readonly seed: number;
  readonly base: string;
  /** null where the base knows no text. */
  readonly text: PlannedTextBase | null;
  /** Per domain. */
  readonly data: ReadonlyMap<string, string>;
  /** Per domain; empty in paradigms without ids. */
  readonly ids: ReadonlyMap<string, string>;
  /** Per domain, then per stage name. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** Preparing, base, semantic ids, and the cells base → stage 1 → stage 2 … of each domain. */
export async function planTraining(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment } = builder;
  const { domains } = experiment.contexts;
  const data = await planData(builder);
  const text = await planTextBase(builder, seed, [...data.values()]);
  const ids =
    experiment.paradigm.kind === 'semantic-id'
      ? await planIds(builder, seed, data, text)
      : new Map<string, string>();
  const base =
    text === null
      ? await planSequenceBase(builder, seed, [...data.values()], [...ids.values()])
      : await planStart(builder, seed, text);
  const cells = new Map<string, ReadonlyMap<string, string>>();
  for (const domain of domains) {
    cells.set(domain, await planCells(builder, { seed, base, text, data, ids }, domain));
  }
  return { seed, base, text, data, ids, cells };
}

async function planData(builder: PlanBuilder): Promise<Map<string, string>> {
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

async function planIds(
  builder: PlanBuilder,
  seed: number,
  data: ReadonlyMap<string, string>,
  text: PlannedTextBase | null,
): Promise<Map<string, string>> {
  const { experiment } = builder;
  const { features } = experiment.ids;
  const usesHistories = features === 'co-occurrence' || features === 'both';
  const beforeMs = usesHistories ? period(experiment.contexts.stages[0]).endMs : null;
  const embedder =
    features === 'base' && text !== null
      ? { embedder: text.languageModel, tokenizer: text.tokenizer }
      : {};
  const textTokens = features === 'base' && text !== null ? { textTokens: text.textTokens } : {};
  const ids = new Map<string, string>();
  for (const [domain, prepared] of data) {
    const built = await builder.add({
      kind: 'ids',
      title: `semantic ids ${domain}${seedSuffix(experiment, seed)}`,
      seed,
      cell: null,
      settings: { ...experiment.ids, domain, beforeMs, ...textTokens },
      inputs: { data: prepared, ...embedder },
    });
    ids.set(domain, built);
  }
  return ids;
}

async function planCells(
  builder: PlanBuilder,
  chain: Omit<Chain, 'cells'>,
  domain: string,
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
        ...passOf(experiment, stage),
        ...learntOf(experiment, index),
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

/** @errors internal when the plan names a domain that the document does not have */
export function idOf(ids: ReadonlyMap<string, string>, domain: string): string {
  const id = ids.get(domain);
  if (id === undefined) throw new AppError('internal', `The plan has no domain "${domain}".`);
  return id;
}

function passOf(experiment: Experiment, { training }: StagePlan) {
  const { score, ...pass } = training;
  return { score, optimizer: optimizerOf(experiment, pass) };
}

/** What a stage learns: nothing beside sequences of ids where neither text nor paradigm says so. */
function learntOf(
  { base, paradigm }: Experiment,
  stage: number,
): Pick<SettingsOf<'train'>, 'tasks' | 'paradigm'> {
  if (base.text === null) return {};
  const { textTokens } = base.text;
  switch (paradigm.kind) {
    case 'semantic-id': {
      const { alignment, laterAlignment, mixed, splitSoftmax, idWeight } = paradigm.tasks;
      const share = stage === 0 ? alignment : laterAlignment;
      return { tasks: { alignment: share, mixed, textTokens, splitSoftmax, idWeight } };
    }
    case 'title': {
      const { kind, positions, titleTokens, maxTokens } = paradigm;
      return { paradigm: { kind, positions, titleTokens, maxTokens } };
    }
    case 'embedding': {
      const { kind, negatives, falseNegative, inputs, sequencesPerBatch, stageOnly } = paradigm;
      const sizes = { negatives, falseNegative, inputs, sequencesPerBatch };
      return { paradigm: { kind, textTokens, ...sizes, stageOnly } };
    }
    case 'discriminative':
      return {};
  }
}
