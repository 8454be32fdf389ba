import { describe } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { describeSpherical } from './suites/spherical-suite.ts';

describe('merges from Gram matrices and data on the CPU', () => {
  const executor = createCpuExecutor();
  describeSpherical(() => executor);
});
