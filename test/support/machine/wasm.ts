import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { startKernelThread } from '../../../workers/node/kernel-thread.ts';
import { bundledThread } from './bundled-threads.ts';

interface Way {
  readonly threads?: number;
  readonly mayRelax?: boolean;
}

/** The CPU executor in Node, and in the way that was asked for: it would fall back by itself. */
export async function openWasm({ threads = 1, mayRelax = true }: Way = {}): Promise<Executor> {
  const script = threads > 1 ? await bundledThread('kernels') : null;
  const executor = await createWasmExecutor({
    threads,
    mayRelax,
    createThread: () => {
      if (script === null) throw new Error('One thread needs no other.');
      return startKernelThread(script);
    },
  });
  const { features, limits } = executor.profile;
  expect(features.includes('relaxed-simd'), 'fused multiply-add').toBe(mayRelax);
  expect(limits['threads'], 'threads').toBe(threads);
  return executor;
}

/** Runs `body` on such an executor and closes it. */
export async function withWasm(
  way: Way,
  body: (executor: Executor) => Promise<void>,
): Promise<void> {
  const executor = await openWasm(way);
  try {
    await body(executor);
    expect(executor.memory().liveBytes, 'buffers left behind').toBe(0);
  } finally {
    executor.destroy();
  }
}
