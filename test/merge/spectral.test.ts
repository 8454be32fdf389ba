import { describe } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { describeDecomposition } from './suites/decomposition-suite.ts';
import { describeSpectral } from './suites/spectral-suite.ts';

describe('spectral merging on the CPU', () => {
  const executor = createCpuExecutor();
  describeSpectral(() => executor);
  describeDecomposition(() => executor);
});
