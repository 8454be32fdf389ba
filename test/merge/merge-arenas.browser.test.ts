import { afterAll, describe } from 'vitest';
import { sharedGpu } from '../support/machine/shared-device.ts';
import { describeMerging } from './suites/merge-suite.ts';

const executor = await sharedGpu();

describe('merging in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeMerging(() => executor);
});
