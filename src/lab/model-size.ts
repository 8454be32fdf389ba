import type { ModelConfig } from '../nn/config.ts';
import { parameterCount, parameterLayout } from '../nn/layout.ts';
import type { Experiment } from './experiment-types.ts';
import { modelConfigOf } from './model-config.ts';

/** The model that the experiment trains. */
export function experimentModel({ model, ids, contexts }: Experiment): ModelConfig {
  const { history, minEarlier } = contexts;
  return modelConfigOf({
    model,
    vocabulary: { levels: ids.levels, codes: ids.codes },
    sampling: { history, minEarlier },
  });
}

/** Trainable parameters of the experiment's model. */
export function modelSizeOf(experiment: Experiment): number {
  return parameterCount(parameterLayout(experimentModel(experiment)));
}
