import { describe } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { describeSparse } from './suites/sparse-suite.ts';

const executor = createCpuExecutor();

describe('dropping and choosing on the CPU executor', () => {
  describeSparse(() => executor);
});
