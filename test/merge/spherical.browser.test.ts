import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeDataKernels } from './suites/data-kernel-suite.ts';
import { describeSpherical } from './suites/spherical-suite.ts';

describe('merges from Gram matrices and data in WGSL', () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await createWebGpuExecutor();
  });
  afterAll(() => {
    executor.destroy();
  });
  describeSpherical(() => executor);
  describeDataKernels(() => executor);
});
