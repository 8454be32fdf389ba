import type { Executor } from '../../src/compute/executor.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import {
  inspectExperiment,
  modelSizeOf,
  planDigest,
} from '../../src/lab/inspection/inspect-experiment.ts';
import { planExperiment } from '../../src/lab/plan/plan.ts';
import { examplePositions, jobSeconds } from '../../src/lab/run/time-need.ts';
import { measureCeilings } from '../../src/nn/transformer/profile-step.ts';
import type { Dataset } from '../../src/rec/data/types.ts';

/**
 * Upper bounds of the seconds of a plan's jobs, in its order, on a machine that is measured for it.
 * @errors as planExperiment; device-lost
 */
export async function estimatePlan(
  experiment: Experiment,
  dataset: Dataset,
  executor: Executor,
): Promise<readonly number[]> {
  const inspection = inspectExperiment(experiment, dataset);
  const { flopsPerSecond } = await measureCeilings(executor);
  const facts = {
    contexts: inspection.contexts,
    parameters: modelSizeOf(experiment, inspection),
    positions: examplePositions(experiment),
    flopsPerSecond,
  };
  const { jobs } = await planExperiment(experiment, await planDigest(experiment, dataset));
  return jobs.map((job) => jobSeconds(job, facts));
}
