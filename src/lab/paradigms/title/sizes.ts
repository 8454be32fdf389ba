import type { AdapterProfile } from '../../../compute/executor.ts';
import { estimateSampling, type SamplingEstimate } from '../../../nn/decoding/sampling-estimate.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import { promptLengths } from '../../../rec/rows/prompt-batches.ts';
import { SPECIAL_TOKENS } from '../../../rec/semantic-ids/vocabulary.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { textModel } from '../../planning/base-sizes.ts';

/** The model that cells of titles train: the base with rows of titles. */
export function titleModel(experiment: Experiment): ModelConfig {
  return textModel(experiment, paradigmPlan(experiment, 'title').positions);
}

/** Sampling of titles for a batch of users. */
export async function samplingNeed(
  experiment: Experiment,
  profile: AdapterProfile,
): Promise<SamplingEstimate> {
  const { positions, titleTokens, samples, maxTokens, temperature } = paradigmPlan(
    experiment,
    'title',
  );
  const config = { ...titleModel(experiment), maxPositions: positions + maxTokens };
  const room = { answer: maxTokens - 1, maxPositions: config.maxPositions };
  const sizes = promptLengths(positions - titleTokens - 1, room).map((length) => ({
    ...{ users: experiment.evaluation.batchUsers, length, samples, maxTokens, temperature },
    stopToken: SPECIAL_TOKENS.eos,
  }));
  return estimateSampling(profile, config, sizes);
}
