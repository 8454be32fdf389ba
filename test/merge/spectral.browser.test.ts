import { afterAll, describe } from 'vitest';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { describeDecomposition, describeSpectral } from './suites/spectral-suite.ts';

const executor = await createWebGpuExecutor();

describe('spectral merging in WGSL', () => {
  afterAll(() => {
    executor.destroy();
  });
  describeSpectral(() => executor);
  describeDecomposition(() => executor);
});

const hardware = await createWebGpuExecutor({ variants: 'hardware' });

describe('decompositions in the shader for hardware', () => {
  afterAll(() => {
    hardware.destroy();
  });
  describeDecomposition(() => hardware);
});
