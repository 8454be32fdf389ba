import { afterAll, describe, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import { checkClickModel, CLICK_MODELS } from '../../support/models/click-models.ts';

const EXECUTORS: readonly (readonly [string, Executor])[] = [
  ['WebGPU, software shaders', await createWebGpuExecutor({ variants: 'software' })],
  ['WebGPU, hardware shaders', await createWebGpuExecutor({ variants: 'hardware' })],
];

afterAll(() => {
  for (const [, executor] of EXECUTORS) executor.destroy();
});

describe.each(EXECUTORS)('%s', (_, executor) => {
  it.each(CLICK_MODELS)('%s: loss and gradients as in float64', (...model) =>
    checkClickModel(executor, model),
  );
});
