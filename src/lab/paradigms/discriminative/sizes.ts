import type { AdapterProfile } from '../../../compute/executor.ts';
import { AppError } from '../../../core/errors.ts';
import {
  behaviourTable,
  type BehaviourConfig,
} from '../../../nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../../nn/behaviour-model/click-model.ts';
import { nextItemModel } from '../../../nn/behaviour-model/next-item-model.ts';
import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { estimateTraining, type MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { behaviourConfig } from './behaviour-source.ts';

export function notLanguage(): AppError {
  return new AppError('invalid-argument', 'Click models are no language models.', {
    hint: 'Choose another paradigm for this.',
  });
}

/** 0 before there are data, which decide the tables. */
export function clickParameters(behaviour: BehaviourConfig | null): number {
  return behaviour === null ? 0 : parameterCount(behaviourTable(behaviour, true).layout);
}

/** The larger of both stages, with rows of the whole history. */
export async function clickNeed(
  experiment: Experiment,
  profile: AdapterProfile,
  behaviour: BehaviourConfig | null,
): Promise<MemoryEstimate> {
  const { pretraining, training } = paradigmPlan(experiment, 'discriminative');
  const config = behaviour ?? smallest(experiment);
  const T = config.maxPositions;
  const { sequencesPerBatch, negatives: samples } = pretraining;
  const stages = [
    await estimateTraining(profile, nextItemModel({ ...config, attention: 'causal' }), {
      shapes: [{ B: sequencesPerBatch, T, samples }],
    }),
    await estimateTraining(profile, clickModel(config), {
      shapes: [{ B: training.impressionsPerBatch, T }],
    }),
  ];
  return stages.reduce((most, one) => (one.total > most.total ? one : most));
}

/** Before the data are known: the model with empty tables. */
function smallest(experiment: Experiment): BehaviourConfig {
  const { model, contexts } = experiment;
  const head = paradigmPlan(experiment, 'discriminative');
  return behaviourConfig(model, { items: ['', ''], features: [] }, contexts.history, head);
}
