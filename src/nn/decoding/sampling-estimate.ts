import { BufferScope } from '../../compute/buffer-scope.ts';
import { DryExecutor } from '../../compute/dry-executor.ts';
import type { AdapterProfile } from '../../compute/executor.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { reserveWeights } from '../transformer/device-weights.ts';
import { Workspace } from '../graph/plan.ts';
import { createSampler, type SamplerSizes } from './sampler.ts';

/** Bytes that sampling takes on the device, as the executor will count them. */
export interface SamplingEstimate {
  readonly total: number;
  readonly largestBuffer: number;
}

/**
 * Plans samplers that exist together on one copy of the weights, without sampling: see
 * `estimateTraining`.
 * @param sizes the largest first, as the run makes them
 * @errors limit-exceeded naming need and limit; invalid-argument
 */
export async function estimateSampling(
  profile: AdapterProfile,
  config: ModelConfig,
  sizes: readonly SamplerSizes[],
): Promise<SamplingEstimate> {
  const executor = new DryExecutor(profile);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const parameters = reserveWeights(scope, config);
  const ropeTable = scope.floats('rope', config.maxPositions * config.headWidth);
  for (const own of sizes) {
    await createSampler(executor, workspace, config, parameters, { ropeTable }, own);
  }
  return { total: executor.memory().peakBytes, largestBuffer: executor.largestBytes };
}
