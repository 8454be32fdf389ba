import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { profileTrainingStep, type StepProfile } from '../../nn/transformer/profile-step.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';

/** Enough for means of timestamps that browsers round to 100 µs; slow machines need fewer. */
const RUNS = { hardware: 20, other: 4 } as const;

/**
 * Times one training step of the experiment's model, with batches of its longest rows.
 * @errors limit-exceeded when a row does not fit into a batch or the model not into the memory
 */
export async function profileExperiment(
  experiment: Experiment,
  executor: Executor,
): Promise<StepProfile> {
  const { training } = experiment;
  const config = paradigmOf(experiment).model(experiment);
  const length = config.maxPositions;
  const batch = Math.floor(training.tokensPerBatch / length);
  if (batch < 1) {
    throw new AppError(
      'limit-exceeded',
      `A row takes ${String(length)} positions; a batch has ${String(training.tokensPerBatch)}.`,
      { hint: 'Shorten the history, use fewer levels, or raise the tokens per batch.' },
    );
  }
  const { kind, isSoftware } = executor.profile;
  const runs = kind === 'webgpu' && !isSoftware ? RUNS.hardware : RUNS.other;
  return profileTrainingStep(executor, config, { batch, length, runs });
}
