import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkBadGradient } from '../../support/models/bad-step.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import {
  checkNoAllocation,
  checkNonFinite,
  checkResume,
  checkSameBits,
  newTrainer,
  stepBatch,
} from '../../support/models/training.ts';

describe('trainer on the CPU executor', () => {
  it('resumes bit for bit', () => checkResume(createCpuExecutor()));
  it('gives the same bits for the same seed', () => checkSameBits(createCpuExecutor()));
  it('stops on a non-finite step', () => checkNonFinite(createCpuExecutor()));
  it.each([1, 2])('names the first bad gradient of a step of %d parts', async (parts) => {
    await checkBadGradient(await openWasm(), parts);
  });
  it('allocates nothing in a step', () => checkNoAllocation(createCpuExecutor()));
  it('refuses tokens beyond the vocabulary', async () => {
    const trainer = newTrainer(createCpuExecutor());
    const batch = stepBatch(0);
    batch.ids[3] = 48;
    await expect(trainer.step(batch, 0.001)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
  it('refuses weights of another model', () => {
    expect(() => newTrainer(createCpuExecutor(), new Float32Array(64))).toThrowError(/do not fit/);
  });
});
