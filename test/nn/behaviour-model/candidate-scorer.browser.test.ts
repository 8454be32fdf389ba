import { describe, it } from 'vitest';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { checkScorer } from '../../support/models/candidate-scorer.ts';

describe('candidates against cached histories equal what encoding all again gives', () => {
  it.each([
    ['WebGPU, software shaders', () => sharedGpu({ variants: 'software' })],
    ['WebGPU, hardware shaders', () => sharedGpu({ variants: 'hardware' })],
  ])('%s', async (_, open) => {
    const executor = await open();
    try {
      await checkScorer(executor);
    } finally {
      executor.destroy();
    }
  });
});
