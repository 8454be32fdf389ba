import { describe, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkLikeOther } from './check-clicks.ts';

describe('both stages of GPSD', () => {
  it('give on WebGPU what the twins give', () =>
    withGpu((executor) => checkLikeOther(executor, createCpuExecutor())));
});
