import { describe, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkKernel } from '../../support/ops/check-kernel.ts';
import { KERNEL_CASES } from '../../support/ops/kernel-cases.ts';

describe('kernels outside of the ops, on the CPU executor', () => {
  it.each(KERNEL_CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await checkKernel(createCpuExecutor(), one);
  });
});
