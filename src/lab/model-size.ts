import { parameterCount, parameterLayout } from '../nn/layout.ts';
import type { Experiment } from './experiment-types.ts';
import { modelConfigOf } from './model-config.ts';

/** Trainable parameters of the experiment's model. */
export function modelSizeOf({ model, ids, contexts }: Experiment): number {
  const { history, minEarlier } = contexts;
  const config = modelConfigOf({
    model,
    vocabulary: { levels: ids.levels, codes: ids.codes },
    sampling: { history, minEarlier },
  });
  return parameterCount(parameterLayout(config));
}
