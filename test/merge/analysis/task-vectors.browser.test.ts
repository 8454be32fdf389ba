import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeTaskVectors } from './task-vector-suite.ts';

describe('task vectors in WGSL', () => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await createWebGpuExecutor();
  });

  afterAll(() => {
    executor.destroy();
  });

  describeTaskVectors(() => executor);
});
