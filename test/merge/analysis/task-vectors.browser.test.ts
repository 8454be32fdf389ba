import { afterAll, beforeAll, describe } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { describeTaskVectors } from './task-vector-suite.ts';

describe('task vectors in WGSL', () => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await sharedGpu();
  });

  afterAll(() => {
    executor.destroy();
  });

  describeTaskVectors(() => executor);
});
