import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { createWebGpuExecutor } from '../../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeTaskVectors } from './task-vector-suite.ts';

const WAYS = [
  ['WGSL', () => createWebGpuExecutor()],
  ['WebAssembly', () => createWasmExecutor()],
] as const;

describe.each(WAYS)('task vectors in %s', (_, create) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await create();
  });

  afterAll(() => {
    executor.destroy();
  });

  describeTaskVectors(() => executor);
});
