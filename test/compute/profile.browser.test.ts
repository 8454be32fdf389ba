import { describe, expect, it } from 'vitest';
import { profileProgram } from '../../src/compute/profile.ts';
import { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { openDevice } from '../../src/compute/webgpu/device.ts';
import { profileTrainingStep } from '../../src/nn/transformer/profile-step.ts';
import { defineKernel } from '../../src/compute/kernel.ts';
import { withGpu } from '../support/machine/gpu.ts';
import { TINY } from '../support/models/training.ts';

/** Multiplies every value `rounds` times: as slow as wanted, and its effect can be read back. */
const spin = defineKernel({
  name: 'spin',
  wgsl: `struct Params { rounds: u32 }
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  var value = values[id.x];
  for (var i = 0u; i < params.rounds; i++) { value = value * 0.5 + 0.5; }
  values[id.x] = value + 1.0;
}`,
  entry: 'main',
  bindings: [{ name: 'values', type: 'f32', access: 'read_write' }],
  uniforms: [{ name: 'rounds', type: 'u32' }],
  groups: () => [64, 1, 1],
  work: ({ rounds = 0 }) => ({ flops: 2 * 4096 * rounds, bytes: 8 * 4096 }),
  twin: () => undefined,
});

async function profileSpins(executor: WebGpuExecutor) {
  const values = executor.allocate('values', 'f32', 4096);
  const steps = [10, 4000].map((rounds) => ({
    kernel: spin,
    bind: { values },
    uniforms: { rounds },
  }));
  const program = await executor.prepare('spins', steps);
  const profile = await profileProgram(executor, program, 4);
  const [value] = await executor.readFloats(values);
  program.destroy();
  executor.free(values);
  return { profile, value };
}

describe('profiler on WebGPU', () => {
  it('tells long kernels from short ones by timestamps', () =>
    withGpu(async (executor) => {
      expect(executor.profile.features).toContain('timestamp-query');
      const { profile, value } = await profileSpins(executor as WebGpuExecutor);
      expect(profile.method).toBe('timestamps');
      expect(profile.kernels.map(({ shape }) => shape)).toEqual(['rounds 4000', 'rounds 10']);
      const [long, short] = profile.kernels;
      expect(long?.flops).toBe(2 * 4096 * 4000);
      expect(long?.ms).toBeGreaterThan(4 * (short?.ms ?? Infinity));
      // The clock of the device and the one on the wall must speak of the same milliseconds.
      expect(profile.ms).toBeGreaterThan(0.2 * profile.wallMs);
      expect(profile.ms).toBeLessThan(3 * profile.wallMs);
      // 8 runs of both dispatches: the value has settled at 1 plus the 1 of the last.
      expect(value).toBeCloseTo(2, 2);
    }));

  it('falls back to the wall clock, and says so, without the feature', async () => {
    const opened = await openDevice({ features: [] });
    const executor = new WebGpuExecutor(opened);
    const { profile } = await profileSpins(executor);
    expect(profile.method).toBe('wall-clock');
    const [long, short] = profile.kernels;
    expect(long?.shape).toBe('rounds 4000');
    expect(long?.ms).toBeGreaterThan(4 * (short?.ms ?? Infinity));
    executor.destroy();
  });

  it('profiles a training step and frees what it took', () =>
    withGpu(async (executor) => {
      const sizes = { batch: 2, length: 8, runs: 2 };
      const { profile, ceilings } = await profileTrainingStep(executor, TINY, sizes);
      expect(profile.kernels.map(({ kernel }) => kernel)).toContain('adamw');
      expect(profile.kernels.reduce((sum, { calls }) => sum + calls, 0)).toBe(profile.dispatches);
      expect(ceilings.flopsPerSecond).toBeGreaterThan(1e8);
      expect(ceilings.bytesPerSecond).toBeGreaterThan(1e8);
    }));
});
