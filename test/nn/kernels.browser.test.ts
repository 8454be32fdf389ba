import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { checkKernel } from '../support/check-kernel.ts';
import { KERNEL_CASES } from '../support/kernel-cases.ts';

let executor: Executor;

beforeAll(async () => {
  executor = await createWebGpuExecutor();
});

afterAll(() => {
  executor.destroy();
});

describe('kernels outside of the ops, on WebGPU', () => {
  it.each(KERNEL_CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await checkKernel(executor, one);
  });
});
