import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkDropout, newDropTrainer, RATES } from '../../support/models/dropout-training.ts';
import { stepBatch } from '../../support/models/training.ts';

describe('dropout on WebGPU', () => {
  it('has the same bits twice, in parts and where blocks are computed again', () =>
    withGpu(checkDropout));

  it('drops what the CPU executor drops', () =>
    withGpu(async (executor) => {
      const lossesOf = async (trainer: ReturnType<typeof newDropTrainer>) => {
        for (let step = 0; step < 5; step++) await trainer.step(stepBatch(step), 0.01);
        const losses = (await trainer.flush()).map(({ loss }) => loss);
        trainer.destroy();
        return losses;
      };
      const got = await lossesOf(newDropTrainer(executor, RATES));
      const want = await lossesOf(newDropTrainer(createCpuExecutor(), RATES));
      want.forEach((loss, step) => {
        expect(Math.abs((got[step] ?? NaN) / loss - 1), `step ${step}`).toBeLessThan(1e-4);
      });
    }));
});
