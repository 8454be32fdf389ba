import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWasmExecutor } from '../../src/compute/wasm/wasm-executor.ts';
import { createKernelThread } from '../../workers/kernel-thread.ts';
import { describeSession } from './suites/session-suite.ts';

let executor: Executor;

beforeAll(async () => {
  executor = await createWasmExecutor({ threads: 2, createThread: createKernelThread });
});

afterAll(() => {
  executor.destroy();
});

describe('a merge session in WebAssembly on two threads', () => {
  describeSession(() => executor);
});
