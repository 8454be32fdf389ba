import { afterAll, describe } from 'vitest';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeSession } from './suites/session-suite.ts';

const executor = await createWebGpuExecutor();

describe('a merge session in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSession(() => executor);
});
