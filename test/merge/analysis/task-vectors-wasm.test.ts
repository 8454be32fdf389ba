import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { describeTaskVectors } from './task-vector-suite.ts';

describe('task vectors in WebAssembly', () => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await openWasm();
  });

  afterAll(() => {
    executor.destroy();
  });

  describeTaskVectors(() => executor);
});
