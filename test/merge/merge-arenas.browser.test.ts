import { afterAll, describe } from 'vitest';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeMerging } from './suites/merge-suite.ts';

const executor = await createWebGpuExecutor();

describe('merging in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeMerging(() => executor);
});
