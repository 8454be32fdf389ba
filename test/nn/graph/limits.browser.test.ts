import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { openDevice } from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import { limitedGpu, type Limits } from '../../support/machine/limited-device.ts';
import { sharedDevice, SMALLEST } from '../../support/machine/shared-device.ts';
import {
  checkShardedForward,
  checkShards,
  checkTooLargeActivation,
  checkTooLargeTensor,
  SMALL,
  THIRD,
} from '../../support/machine/limit-checks.ts';
import {
  checkFrozenSplitTable,
  checkSplitForward,
  checkSplitTable,
  checkTableRanges,
  LOW,
} from '../../support/ops/split-table.ts';
import { trained } from '../../support/models/train-memory.ts';
import { checkBeamSearch } from '../../support/models/beam-search.ts';
import { newTrainer, stepBatch } from '../../support/models/training.ts';

async function withLimited(
  limits: Limits,
  body: (executor: WebGpuExecutor) => Promise<void>,
): Promise<void> {
  const executor = await limitedGpu(limits);
  try {
    await body(executor);
    await executor.idle();
    expect(executor.memory().liveBytes, 'buffers left behind').toBe(0);
  } finally {
    executor.destroy();
  }
}

/** On one device without optional features, so that both run the same shaders: equal bits need that. */
async function onBoth(
  check: (whole: Executor, limited: Executor) => Promise<void>,
  limits = THIRD,
): Promise<void> {
  const whole = new WebGpuExecutor(await sharedDevice(SMALLEST), { variants: 'plain' });
  try {
    await withLimited(limits, (limited) => check(whole, limited));
    expect(whole.memory().liveBytes, 'buffers left behind').toBe(0);
  } finally {
    whole.destroy();
  }
}

describe('a small WebGPU adapter', () => {
  it('trains in shards as in one buffer', () => onBoth(checkShards));
  it('infers from shards as from one buffer', () => onBoth(checkShardedForward));
  it('refuses a tensor that is too large', () =>
    withLimited({ ...THIRD, maxStorageBufferBindingSize: 2048 }, checkTooLargeTensor));
  it('refuses an activation that is too large', () => withLimited(THIRD, checkTooLargeActivation));

  it('trains a table in ranges of rows as a whole', () => onBoth(checkSplitTable, LOW));
  it('keeps a frozen table in ranges', () => withLimited(LOW, checkFrozenSplitTable));
  it('infers from a table in ranges as from a whole', () => onBoth(checkSplitForward, LOW));
  it('searches a table in ranges', () =>
    withLimited(SMALL, (executor) => checkBeamSearch(executor, 128, 32)));
  it('looks up and differentiates ranges with the same bits', () =>
    withLimited({}, checkTableRanges));

  it('trains with what WebGPU guarantees everywhere', () =>
    withLimited({}, async (executor) => {
      const { parameters, start } = await trained(executor, { steps: 2 });
      expect(parameters).not.toEqual(start);
    }));

  it('names the kernel that binds more buffers than it allows', () =>
    withLimited({ maxStorageBuffersPerShaderStage: 6 }, async (executor) => {
      const run = trained(executor, { steps: 1 });
      await expect(run).rejects.toMatchObject({ code: 'limit-exceeded' });
      await expect(run).rejects.toThrow(
        /Kernel "\w+" needs 7 storage buffers; the adapter allows 6/,
      );
    }));
});

describe('a lost device', () => {
  it('ends the training with its reason and leaves nothing counted', async () => {
    const executor = await limitedGpu({}, await openDevice({ features: [] }));
    const trainer = newTrainer(executor);
    await trainer.step(stepBatch(0), 0.01);
    await trainer.flush();
    executor.device.destroy();
    await executor.device.lost;
    await expect(trainer.step(stepBatch(1), 0.01)).rejects.toMatchObject({ code: 'device-lost' });
    await expect(trainer.flush()).rejects.toMatchObject({ code: 'device-lost' });
    trainer.destroy();
    expect(executor.memory().liveBytes).toBe(0);
    executor.destroy();
  });
});
