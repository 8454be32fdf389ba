import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { openWasm } from '../support/machine/wasm.ts';
import { describeSession } from './suites/session-suite.ts';

let executor: Executor;

beforeAll(async () => {
  executor = await openWasm({ threads: 2 });
});

afterAll(() => {
  executor.destroy();
});

describe('a merge session in WebAssembly on two threads', () => {
  describeSession(() => executor);
});
