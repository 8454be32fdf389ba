import { afterAll, describe } from 'vitest';
import { sharedGpu } from '../support/machine/shared-device.ts';
import { describeSession } from './suites/session-suite.ts';

const executor = await sharedGpu();

describe('a merge session in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSession(() => executor);
});
