import { describe, it } from 'vitest';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import { checkScorer } from '../../support/models/candidate-scorer.ts';

describe('candidates against cached histories equal what encoding all again gives', () => {
  it.each([
    ['WebGPU, software shaders', () => createWebGpuExecutor({ variants: 'software' })],
    ['WebGPU, hardware shaders', () => createWebGpuExecutor({ variants: 'hardware' })],
  ])('%s', async (_, open) => {
    const executor = await open();
    try {
      await checkScorer(executor);
    } finally {
      executor.destroy();
    }
  });
});
