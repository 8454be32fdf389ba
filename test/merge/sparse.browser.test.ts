import { afterAll, describe } from 'vitest';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeSparse } from './suites/sparse-suite.ts';

const executor = await createWebGpuExecutor();

describe('dropping and choosing in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSparse(() => executor);
});
