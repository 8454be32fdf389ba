import type { AdapterProfile } from '../../../compute/executor.ts';
import { estimateTraining, type MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { languageModel } from '../../../nn/transformer/language-model.ts';
import { DEFAULT_BUCKETS } from '../../../rec/rows/batches.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';

/** Training of a language model with rows of all lengths that its histories may have. */
export function languageNeed(
  { training }: Experiment,
  profile: AdapterProfile,
  config: ModelConfig,
): Promise<MemoryEstimate> {
  const { tokensPerBatch, accumulationSteps, recompute } = training;
  const shapes = DEFAULT_BUCKETS.filter((T) => T <= config.maxPositions && T <= tokensPerBatch).map(
    (T) => ({ B: Math.floor(tokensPerBatch / T), T }),
  );
  return estimateTraining(profile, languageModel(config), {
    shapes,
    microBatches: accumulationSteps,
    recompute,
  });
}
