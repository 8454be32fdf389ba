import { describe, it } from 'vitest';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import { createKernelThread } from '../../../workers/machine/kernel-thread.ts';
import { checkScorer } from '../../support/models/candidate-scorer.ts';

describe('candidates against cached histories equal what encoding all again gives', () => {
  it.each([
    ['WebGPU, software shaders', () => createWebGpuExecutor({ variants: 'software' })],
    ['WebGPU, hardware shaders', () => createWebGpuExecutor({ variants: 'hardware' })],
    ['WebAssembly, one thread', () => createWasmExecutor({})],
    [
      'WebAssembly, two threads',
      () => createWasmExecutor({ threads: 2, createThread: createKernelThread }),
    ],
  ])('%s', async (_, open) => {
    const executor = await open();
    try {
      await checkScorer(executor);
    } finally {
      executor.destroy();
    }
  });
});
