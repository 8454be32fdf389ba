import { afterAll, describe } from 'vitest';
import { sharedGpu } from '../support/machine/shared-device.ts';
import { describeDecomposition } from './suites/decomposition-suite.ts';
import { describeSpectral } from './suites/spectral-suite.ts';

const executor = await sharedGpu();

describe('spectral merging in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSpectral(() => executor);
  describeDecomposition(() => executor);
});

const hardware = await sharedGpu({ variants: 'hardware' });

describe('decompositions in the shader for hardware', () => {
  afterAll(() => {
    hardware.destroy();
  });
  describeDecomposition(() => hardware);
});
