import type { Experiment, StagePass } from '../experiment/experiment-types.ts';
import type { OptimizerSettings } from '../job/job-settings.ts';

/** Settings of one training run as they enter its job. */
export function optimizerOf(
  { training }: Experiment,
  { epochs, learningRate }: Pick<StagePass, 'epochs' | 'learningRate'>,
): OptimizerSettings {
  const { tokensPerBatch, warmupSteps, weightDecay, clipNorm, finalLearningRateFraction } =
    training;
  const { accumulationSteps, recompute } = training;
  return {
    tokensPerBatch,
    warmupSteps,
    weightDecay,
    clipNorm,
    finalLearningRateFraction,
    epochs,
    learningRate,
    ...(accumulationSteps > 1 ? { accumulationSteps } : {}),
    ...(recompute ? { recompute } : {}),
  };
}
