import { describe, expect, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import type { KernelThread } from '../../src/compute/wasm/thread.ts';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { createSourceThread } from '../../workers/node/source-thread.ts';
import { checkCpuExecutor } from './executor-suite.ts';

const open = (threads: number): Promise<Executor> =>
  createWasmExecutor({ threads, createThread: createSourceThread });

describe('WebAssembly executor', () => {
  it('uses fused multiply-add and threads', async () => {
    const executor = await open(2);
    expect(executor.profile.features).toEqual(['simd', 'relaxed-simd', 'threads']);
    expect(executor.profile.name).toBe('CPU (WebAssembly SIMD, 2 threads)');
    await checkCpuExecutor(executor);
  });

  it('keeps the same promises on one thread', async () => {
    await checkCpuExecutor(await open(1));
  });

  it('computes on one thread where another cannot start', async () => {
    const broken: KernelThread = {
      postMessage: () => undefined,
      addEventListener: (type, listener) => {
        if (type === 'error')
          setTimeout(() => {
            listener(new Event('error'));
          }, 0);
      },
      terminate: () => undefined,
    };
    const executor = await createWasmExecutor({ threads: 2, createThread: () => broken });
    expect(executor.profile.limits['threads']).toBe(1);
    expect(executor.profile.description).toMatch(/could not be started/);
    await checkCpuExecutor(executor);
  });
});
