import type { BehaviourOptions } from '../../../rec/behaviour/behaviour-types.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import type { ParadigmPlan } from '../../experiment/paradigm-plans.ts';
import { period } from '../../experiment/titles.ts';

export type DiscriminativePlan = ParadigmPlan<'discriminative'>;

/** How impressions are cut from the data. */
export function behaviourOptions(
  { contexts }: Pick<Experiment, 'contexts'>,
  plan: DiscriminativePlan,
): BehaviourOptions {
  const { samples, trainShare = null, negatives, draw } = plan;
  const { minInteractions, features, numbers } = plan;
  return {
    samples,
    stages: contexts.stages.map(period),
    test: period(contexts.test),
    trainShare,
    negatives,
    ...(draw > 0 && { draw }),
    history: contexts.history,
    minInteractions,
    features: features ?? null,
    numbers,
  };
}
