import { afterAll, describe, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { checkClickModel, CLICK_MODELS } from '../../support/models/click-models.ts';

const EXECUTORS: readonly (readonly [string, Executor])[] = [
  ['WebGPU, software shaders', await sharedGpu({ variants: 'software' })],
  ['WebGPU, hardware shaders', await sharedGpu({ variants: 'hardware' })],
];

afterAll(() => {
  for (const [, executor] of EXECUTORS) executor.destroy();
});

describe.each(EXECUTORS)('%s', (_, executor) => {
  it.each(CLICK_MODELS)('%s: loss and gradients as in float64', (...model) =>
    checkClickModel(executor, model),
  );
});
