import { afterAll, describe } from 'vitest';
import { sharedGpu } from '../support/machine/shared-device.ts';
import { describeSparse } from './suites/sparse-suite.ts';

const executor = await sharedGpu();

describe('dropping and choosing in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSparse(() => executor);
});
