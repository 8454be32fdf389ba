import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { formatProfile, profileCsv, ratesOf } from '../../src/compute/format-profile.ts';
import { shareOfCeiling, type Profile } from '../../src/compute/profile.ts';
import { profileTrainingStep } from '../../src/nn/transformer/profile-step.ts';
import { TINY } from '../support/models/training.ts';

const CEILINGS = { flopsPerSecond: 4e9, bytesPerSecond: 10e9 };

const PROFILE: Profile = {
  program: 'step',
  executor: 'cpu',
  adapter: 'CPU, "test"',
  method: 'wall-clock',
  runs: 2,
  dispatches: 3,
  ms: 4,
  wallMs: 4.5,
  kernels: [
    { kernel: 'matmul_nt', shape: 'M 8, N 8, K 8', calls: 2, ms: 3, flops: 6e6, bytes: 3e6 },
    { kernel: 'copy', shape: '', calls: 1, ms: 1, flops: 0, bytes: 5e6 },
    { kernel: 'quick', shape: '', calls: 1, ms: 0, flops: 10, bytes: 10 },
  ],
};

describe('profile of a training step', () => {
  it('accounts for every dispatch and leaves nothing behind', async () => {
    const executor = createCpuExecutor();
    const { profile, ceilings } = await profileTrainingStep(executor, TINY, {
      batch: 2,
      length: 8,
      runs: 2,
    });
    const calls = profile.kernels.reduce((sum, { calls }) => sum + calls, 0);
    expect(calls).toBe(profile.dispatches);
    const ms = profile.kernels.reduce((sum, kernel) => sum + kernel.ms, 0);
    expect(ms).toBeCloseTo(profile.ms, 6);
    expect(profile.ms).toBeGreaterThan(0);
    expect(profile).toMatchObject({ executor: 'cpu', method: 'wall-clock', runs: 2 });
    expect(ceilings.flopsPerSecond).toBeGreaterThan(1e7);
    expect(ceilings.bytesPerSecond).toBeGreaterThan(1e7);
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('counts six operations for each weight of a matrix and each token', async () => {
    const executor = createCpuExecutor();
    const d64 = {
      ...TINY,
      vocabSize: 1024,
      width: 64,
      layers: 2,
      heads: 4,
      kvHeads: 4,
      headWidth: 16,
      feedForward: 172,
      maxPositions: 64,
    };
    const { profile } = await profileTrainingStep(executor, d64, {
      batch: 1,
      length: 64,
      runs: 1,
    });
    const products = profile.kernels.filter(({ kernel }) => kernel.startsWith('matmul'));
    const flops = products.reduce((sum, kernel) => sum + kernel.flops, 0);
    const weights = 1024 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 172);
    expect(flops).toBe(6 * 64 * weights);
  });
});

describe('rates', () => {
  it('divide work by time, and say nothing where there is none', () => {
    const [product, copy, quick] = PROFILE.kernels;
    if (product === undefined || copy === undefined || quick === undefined) throw new Error();
    expect(ratesOf(product, PROFILE.ms, CEILINGS)).toEqual({
      share: 0.75,
      gflops: 2,
      gigabytes: 1,
      ofCeiling: 0.5,
    });
    expect(ratesOf(copy, PROFILE.ms, CEILINGS)).toEqual({
      share: 0.25,
      gflops: null,
      gigabytes: 5,
      ofCeiling: 0.5,
    });
    expect(ratesOf(quick, PROFILE.ms, CEILINGS)).toEqual({
      share: 0,
      gflops: null,
      gigabytes: null,
      ofCeiling: null,
    });
    expect(shareOfCeiling({ ms: 1, flops: 4e6, bytes: 1e6 }, CEILINGS)).toBe(1);
  });

  it('stand in the table and in the CSV', () => {
    const text = formatProfile(PROFILE, CEILINGS);
    expect(text).toMatch(/step on CPU, "test": 4\.00 ms in 3 dispatches \(wall clock/);
    expect(text).toMatch(/best here: 4\.00 GFLOP\/s \(matmul\), 10\.0 GB\/s/);
    expect(text).toMatch(/matmul_nt +2 +3\.000 +75\.0 % +2\.00 +1\.00 +50\.0 % +M 8, N 8, K 8/);
    const lines = profileCsv(PROFILE, CEILINGS).split('\r\n');
    expect(lines[1]).toBe(
      'step,"CPU, ""test""",wall-clock,2,matmul_nt,"M 8, N 8, K 8",2,3,0.75,6000000,3000000,2,1,0.5',
    );
    expect(lines).toHaveLength(5);
  });
});
