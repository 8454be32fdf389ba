import { positionsOf } from '../../checkpoints/model-config.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { period, seedSuffix } from '../../experiment/titles.ts';
import type { SettingsOf } from '../../job/job.ts';
import { idOf, type Chain, type PlannedTextBase } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { planCells, planData } from '../../planning/plan-cells.ts';
import { optimizerOf } from '../../planning/plan-optimizer.ts';
import { planExtension, planTextBase } from '../../planning/plan-text-base.ts';
import type { Ranking } from '../../planning/ranking.ts';
import { planCompactBase } from './compact/plan-compact-base.ts';
import { idVocabulary } from './sizes.ts';

/** Preparing, base, semantic ids, and the cells of each domain. */
export async function planIdChain(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment } = builder;
  const data = await planData(builder);
  const text = await planTextBase(builder, seed, [...data.values()]);
  const ids = await planIds(builder, seed, data, text);
  const base =
    text === null
      ? await planPlainBase(builder, seed, [...data.values()], [...ids.values()])
      : await planExtension(builder, seed, text, 'id tokens', {
          vocabulary: idVocabulary(experiment),
          maxPositions: positionsOf(builder.sampling.history, experiment.ids.levels, true),
        });
  return planCells(builder, { seed, base, text, data, ids }, (stage) => tasksOf(experiment, stage));
}

/** LC-Rec's tasks, where the base knows texts. */
function tasksOf(experiment: Experiment, stage: number): Pick<SettingsOf<'train'>, 'tasks'> {
  const { text } = experiment.base;
  if (text === null) return {};
  const { tasks } = paradigmPlan(experiment, 'semantic-id');
  const { alignment, laterAlignment, mixed, splitSoftmax, idWeight, batches } = tasks;
  const { textTokens } = text;
  const share = stage === 0 ? alignment : laterAlignment;
  const rows = batches === 'mixed' ? { batches } : {};
  return { tasks: { alignment: share, mixed, textTokens, splitSoftmax, idWeight, ...rows } };
}

/** Settings of its evaluations name no paradigm: they are from before there were others. */
export const idRanking: Ranking = {
  // A language model that never saw an id has nothing to rank with.
  ranksBase: ({ base }) => base.text === null && base.isRandom === undefined,
  settings: () => ({}),
  readers: (_, { ids }, domain) => ({ ids: idOf(ids, domain) }),
};

async function planIds(
  builder: PlanBuilder,
  seed: number,
  data: ReadonlyMap<string, string>,
  text: PlannedTextBase | null,
): Promise<Map<string, string>> {
  const { experiment } = builder;
  const { text: read, ...settings } = experiment.ids;
  const { features } = settings;
  const usesHistories = features === 'co-occurrence' || features === 'both';
  const beforeMs = usesHistories ? period(experiment.contexts.stages[0]).endMs : null;
  const embedder =
    features === 'base' && text !== null
      ? { embedder: text.languageModel, tokenizer: text.tokenizer }
      : {};
  const textTokens = features === 'base' && text !== null ? { textTokens: text.textTokens } : {};
  // Titles are what ids were made of before there was a choice.
  const longer = read === 'descriptions' ? { text: read } : {};
  const ids = new Map<string, string>();
  for (const [domain, prepared] of data) {
    const built = await builder.add({
      kind: 'ids',
      title: `semantic ids ${domain}${seedSuffix(experiment, seed)}`,
      seed,
      cell: null,
      settings: { ...settings, domain, beforeMs, ...textTokens, ...longer },
      inputs: { data: prepared, ...embedder },
    });
    ids.set(domain, built);
  }
  return ids;
}

/** A base without texts, as the form of the ids takes it. */
function planPlainBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
  ids: readonly string[],
): Promise<string> {
  const { form } = paradigmPlan(builder.experiment, 'semantic-id');
  return form.kind === 'compact'
    ? planCompactBase(builder, seed, form, data, ids)
    : planSequenceBase(builder, seed, data, ids);
}

/**
 * A base without texts: trained on the first-stage id sequences of all domains pooled. It plays the
 * part of the language model that MMGRid starts from: shared, and not tuned to a domain.
 */
async function planSequenceBase(
  builder: PlanBuilder,
  seed: number,
  data: readonly string[],
  ids: readonly string[],
): Promise<string> {
  const { experiment, sampling } = builder;
  const { stages, domains, maxPretrainTargets } = experiment.contexts;
  const { score } = experiment.base;
  const { levels, codes } = experiment.ids;
  const base = await builder.add({
    kind: 'base',
    title: `train base${seedSuffix(experiment, seed)}`,
    seed,
    cell: null,
    settings: {
      model: experiment.model,
      vocabulary: { levels, codes },
      domains,
      period: period(stages[0]),
      sampling,
      maxTargets: maxPretrainTargets,
      score,
      optimizer: optimizerOf(experiment, experiment.base),
    },
    inputs: { data, ids },
  });
  builder.nameCheckpoint(`base/seed${String(seed)}`, base);
  return base;
}
