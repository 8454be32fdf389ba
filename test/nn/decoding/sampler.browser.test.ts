import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withGpu } from '../../support/machine/gpu.ts';
import {
  checkFrequencies,
  checkGreedy,
  checkIndependence,
  checkNonFiniteSampling,
  checkStop,
  sampleDefault,
} from '../../support/models/sampler.ts';

describe('sampling on WebGPU', () => {
  it('takes the largest logit, keeps a user apart from the others, stops, and refuses', async () => {
    await withGpu(async (executor) => {
      await checkGreedy(executor);
      await checkIndependence(executor);
      await checkStop(executor);
      await checkNonFiniteSampling(executor);
    });
  });

  it('draws from softmax(logits / temperature)', async () => {
    await withGpu(checkFrequencies);
  });

  it('draws what the twins draw', async () => {
    const wanted = await sampleDefault(createCpuExecutor());
    await withGpu(async (executor) => {
      expect(await sampleDefault(executor)).toEqual(wanted);
    });
  });
});
