import { positionsFor } from '../../checkpoints/model-config.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import type { SettingsOf } from '../../job/job.ts';
import type { Chain } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { planCells, planData } from '../../planning/plan-cells.ts';
import { planExtension, planNeededTextBase } from '../../planning/plan-text-base.ts';
import type { Ranking } from '../../planning/ranking.ts';

/** The language model gets an item token and a user encoder; cells train both encoders. */
export async function planEmbeddingChain(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment } = builder;
  const data = await planData(builder);
  const text = await planNeededTextBase(builder, seed, [...data.values()]);
  const { kind, inputs, itemVectors } = paradigmPlan(experiment, 'embedding');
  const hasVectors = itemVectors === 'added';
  const settings = {
    paradigm: kind,
    maxPositions: encoderPositions(text.textTokens, inputs),
    ...(hasVectors && { itemVectors: experiment.contexts.domains }),
  };
  const sizes = hasVectors ? [...data.values()] : undefined;
  const base = await planExtension(builder, seed, text, 'a user encoder', settings, sizes);
  const chain = { seed, base, text, data, ids: new Map<string, string>() };
  return planCells(builder, chain, () => embeddingTraining(experiment));
}

/** Positions of both encoders: of a text with its ends, and of a history. */
export function encoderPositions(textTokens: number, inputs: number): number {
  return positionsFor(Math.max(textTokens + 2, inputs));
}

/** What decides the loss of a batch. */
export function embeddingTraining(experiment: Experiment): Pick<SettingsOf<'train'>, 'paradigm'> {
  const { text } = experiment.base;
  if (text === null) return {};
  const plan = paradigmPlan(experiment, 'embedding');
  const { kind, negatives, falseNegative, inputs, sequencesPerBatch, stageOnly } = plan;
  const sizes = { negatives, falseNegative, inputs, sequencesPerBatch, stageOnly };
  // What is at its default is left out: results from before there was a choice are found again.
  const chosen = {
    ...(plan.mask !== 'cosine' && { mask: plan.mask }),
    ...(plan.inBatch && { inBatch: true as const }),
    ...(ranksKeptHistory(experiment) && { keepsHistory: true as const }),
  };
  return { paradigm: { kind, textTokens: text.textTokens, ...sizes, ...chosen } };
}

/** Whether an epoch is chosen by lists that may hold what the user had. */
function ranksKeptHistory(experiment: Experiment): boolean {
  const { training, evaluation } = experiment;
  const { maskHistory } = paradigmPlan(experiment, 'embedding');
  return training.validation?.metric === 'ndcg' && !(evaluation.maskHistory ?? maskHistory);
}

export const embeddingRanking: Ranking = {
  // An untrained user encoder has nothing to rank with.
  ranksBase: () => false,
  settings: (experiment) => {
    const { text } = experiment.base;
    if (text === null) return {};
    const { kind, inputs, maskHistory } = paradigmPlan(experiment, 'embedding');
    return { paradigm: { kind, textTokens: text.textTokens, inputs, maskHistory } };
  },
  readers: (_, { text }) => (text === null ? {} : { tokenizer: text.tokenizer }),
};
