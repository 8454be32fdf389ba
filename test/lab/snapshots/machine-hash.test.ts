import { describe, expect, it } from 'vitest';
import type { AdapterProfile } from '../../../src/compute/executor.ts';
import { machineHash } from '../../../src/lab/snapshots/snapshot-facts.ts';

const CPU: AdapterProfile = {
  ...{ kind: 'cpu', name: 'CPU (WebAssembly SIMD, 1 thread)', isSoftware: true, vendor: '' },
  ...{ architecture: 'wasm', description: 'fused multiply-add' },
  ...{ features: ['simd', 'relaxed-simd'], limits: { maxBufferSize: 4096, threads: 1 } },
};
const GPU: AdapterProfile = {
  ...{ kind: 'webgpu', name: 'A (WebGPU)', isSoftware: false, vendor: 'a', architecture: 'b' },
  ...{ description: '', features: ['subgroups'], limits: { maxBufferSize: 4096 } },
  calibration: { matmul: { tile64: 1.5, tile32: 2 } },
};

describe('what decides the bits of a machine', () => {
  it('are not the threads of a CPU, but the flavour of its kernels and its memory', async () => {
    const own = await machineHash(CPU);
    const threads: Partial<AdapterProfile> = {
      name: 'CPU (WebAssembly SIMD, 4 threads)',
      features: ['simd', 'relaxed-simd', 'threads'],
      limits: { maxBufferSize: 4096, threads: 4 },
    };
    expect(await machineHash({ ...CPU, ...threads })).toBe(own);
    for (const change of [
      { features: ['simd'] },
      { architecture: 'javascript' },
      { limits: { maxBufferSize: 8192, threads: 1 } },
    ]) {
      expect(await machineHash({ ...CPU, ...change })).not.toBe(own);
    }
  });

  it('are name, limits and measured kernels of a GPU, and not what has been compiled so far', async () => {
    const own = await machineHash(GPU);
    expect(await machineHash({ ...GPU, variants: ['matmul_nt tile64'] })).toBe(own);
    for (const change of [
      { name: 'B (WebGPU)' },
      { limits: { maxBufferSize: 8192 } },
      { features: [] },
      { calibration: { matmul: { tile64: 3, tile32: 2 } } },
    ]) {
      expect(await machineHash({ ...GPU, ...change })).not.toBe(own);
    }
  });
});
