import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import type { SettingsOf } from '../../job/job.ts';
import type { Chain } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { planCells, planData } from '../../planning/plan-cells.ts';
import { planNeededTextBase } from '../../planning/plan-text-base.ts';
import type { Ranking } from '../../planning/ranking.ts';

/** Titles are text: nothing is added to the language model that the cells start from. */
export async function planTitleChain(builder: PlanBuilder, seed: number): Promise<Chain> {
  const { experiment } = builder;
  const data = await planData(builder);
  const text = await planNeededTextBase(builder, seed, [...data.values()]);
  const chain = { seed, base: text.languageModel, text, data, ids: new Map<string, string>() };
  return planCells(builder, chain, () => titleTraining(experiment));
}

/** What decides rows of titles; of training and of losses. */
export function titleTraining(experiment: Experiment): Pick<SettingsOf<'train'>, 'paradigm'> {
  const { kind, positions, titleTokens, maxTokens } = paradigmPlan(experiment, 'title');
  return { paradigm: { kind, positions, titleTokens, maxTokens } };
}

export const titleRanking: Ranking = {
  ranksBase: () => true,
  settings: (experiment) => {
    const { text } = experiment.base;
    if (text === null) return {};
    const { textTokens } = text;
    // A rule that is the default is left out: results from before there was a choice stay theirs.
    const { draws, bandwidth, ...plan } = paradigmPlan(experiment, 'title');
    return {
      paradigm: { ...plan, textTokens, ...(draws === 'density' && { bandwidth }) },
    };
  },
  readers: (experiment, { text }) => {
    if (text === null) return {};
    const { tokenizer, languageModel } = text;
    const isGrounded = paradigmPlan(experiment, 'title').grounding === 'base';
    return { tokenizer, ...(isGrounded && { embedder: languageModel }) };
  },
};
