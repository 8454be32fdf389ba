import { describe } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { describeSession } from './suites/session-suite.ts';

const executor = createCpuExecutor();

describe('a merge session on the CPU executor', () => {
  describeSession(() => executor);
});
