import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { splitBatch } from '../../../src/nn/training/micro-batches.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { LimitedCpu } from '../../support/machine/limited-device.ts';
import { THIRD } from '../../support/machine/limit-checks.ts';
import { checkEstimate, LAYOUT, TWO_LAYERS } from '../../support/models/train-memory.ts';
import { stepBatch } from '../../support/models/training.ts';

const MODEL = languageModel(TWO_LAYERS);
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, clipNorm: 1 };

describe('the estimate of a training run', () => {
  it('is what the executor counts', () => checkEstimate(createCpuExecutor()));
  it('is what the executor counts, in shards', () => checkEstimate(new LimitedCpu(THIRD)));

  it('names weights, gradients and moments', async () => {
    const { profile } = createCpuExecutor();
    const shapes = [{ B: 4, T: 11 }];
    const { weights, gradients, moments, total, limit } = await estimateTraining(profile, MODEL, {
      shapes,
    });
    expect([weights, gradients, moments]).toEqual([1, 1, 2].map((n) => n * 4 * LAYOUT.length));
    expect(total).toBeGreaterThan(weights + gradients + moments);
    expect(limit).toBeNull();
  });

  it('splits batches that do not fit, and the split run fits', async () => {
    const executor = new LimitedCpu(THIRD);
    const shapes = [{ B: 8, T: 11 }];
    const estimate = await estimateTraining(executor.profile, MODEL, { shapes });
    expect(estimate.microBatches).toBe(4);
    expect(estimate.limit).toBe(8192);
    expect(estimate.largestBuffer).toBeLessThanOrEqual(8192);
    const parameters = initialParameters(TWO_LAYERS, 1);
    const trainer = new Trainer(executor, MODEL, parameters, SETTINGS);
    await trainer.step(splitBatch(stepBatch(0, 8), estimate.microBatches), 0.01);
    expect(executor.memory().peakBytes).toBe(estimate.total);
    trainer.destroy();
  });

  it('refuses rows that do not fit one by one, and tensors that never will', async () => {
    const { profile } = new LimitedCpu({ ...THIRD, maxBufferSize: 4096 });
    const shapes = [{ B: 4, T: 32 }];
    await expect(estimateTraining(profile, MODEL, { shapes })).rejects.toThrow(
      /needs 6 KB in one buffer; the adapter allows 4 KB/,
    );
    const small = new LimitedCpu({ maxBufferSize: 2048 }).profile;
    await expect(estimateTraining(small, MODEL, { shapes })).rejects.toThrow(
      /model\.embed_tokens\.weight needs 3 KB/,
    );
  });

  it('holds the memory of a CPU as a whole against its limit', async () => {
    const { profile } = createCpuExecutor();
    const shapes = [{ B: 1, T: 11 }];
    const limited = { ...profile, limits: { maxBufferSize: 64 * 1024 } };
    await expect(estimateTraining(limited, MODEL, { shapes })).rejects.toMatchObject({
      code: 'limit-exceeded',
    });
  });
});

describe('splitting a batch', () => {
  it('keeps rows and segments, and fills the last part with nothing to score', () => {
    const batch = { ...stepBatch(0, 5, 8), segments: Uint32Array.of(0, 3, 3, 8, 16, 20, 32, 40) };
    const parts = splitBatch(batch, 2);
    expect(parts.map(({ B, T }) => [B, T])).toEqual([
      [3, 8],
      [3, 8],
    ]);
    expect(parts.flatMap(({ ids }) => [...ids]).slice(0, 40)).toEqual([...batch.ids]);
    expect(parts[1]?.targets.subarray(16)).toEqual(new Int32Array(8).fill(-100));
    expect(parts.map(({ segments }) => [...(segments ?? [])])).toEqual([
      [0, 3, 3, 8, 16, 20],
      [8, 16],
    ]);
    expect(splitBatch(batch, 1)).toEqual([batch]);
  });
});
