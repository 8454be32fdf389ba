import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { sharedGpu } from '../support/machine/shared-device.ts';
import { describeDataKernels } from './suites/data-kernel-suite.ts';
import { describeSpherical } from './suites/spherical-suite.ts';

describe('merges from Gram matrices and data in WGSL', () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await sharedGpu();
  });
  afterAll(() => {
    executor.destroy();
  });
  describeSpherical(() => executor);
  describeDataKernels(() => executor);
});
