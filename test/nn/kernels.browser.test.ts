import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { checkKernel } from '../support/check-kernel.ts';
import { KERNEL_CASES } from '../support/kernel-cases.ts';

describe.each(['software', 'hardware'])('kernels outside of the ops, %s shaders', (variants) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await createWebGpuExecutor({ variants });
  });

  afterAll(() => {
    executor.destroy();
  });

  it.each(KERNEL_CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await checkKernel(executor, one);
  });
});
