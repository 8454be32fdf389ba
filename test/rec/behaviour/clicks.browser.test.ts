import { describe, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { createKernelThread } from '../../../workers/machine/kernel-thread.ts';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkLikeOther } from './check-clicks.ts';

describe('both stages of GPSD', () => {
  it('give on WebGPU what the twins give', () =>
    withGpu((executor) => checkLikeOther(executor, createCpuExecutor())));

  it('give in WebAssembly what the twins give', async () => {
    const executor = await createWasmExecutor({ threads: 2, createThread: createKernelThread });
    try {
      await checkLikeOther(executor, createCpuExecutor());
    } finally {
      executor.destroy();
    }
  });
});
