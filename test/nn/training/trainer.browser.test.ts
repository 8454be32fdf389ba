import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkBadGradient } from '../../support/models/bad-step.ts';
import {
  checkNoAllocation,
  checkNonFinite,
  checkResume,
  checkSameBits,
  newTrainer,
  trainSteps,
} from '../../support/models/training.ts';

describe('trainer on WebGPU', () => {
  it('resumes bit for bit', () => withGpu(checkResume));
  it('gives the same bits for the same seed', () => withGpu(checkSameBits));
  it('stops on a non-finite step', () => withGpu(checkNonFinite));
  it('names the first bad gradient', () => withGpu(checkBadGradient));
  it('allocates nothing in a step', () => withGpu(checkNoAllocation));

  it('makes no GPU object and one submit in a step', () =>
    withGpu(async (executor) => {
      const trainer = newTrainer(executor);
      await trainSteps(trainer, 2);
      const counts: Record<string, number> = {};
      const restore = countCalls(counts);
      await trainSteps(trainer, 8);
      restore();
      // flush() reads the statistics ring once: one staging buffer, one submit for its copy.
      expect(counts).toEqual({ submit: 8 + 1, createBuffer: 1 });
      trainer.destroy();
    }));

  it('follows the CPU executor within 1e-3 over 50 steps', () =>
    withGpu(async (executor) => {
      const gpu = newTrainer(executor);
      const cpu = newTrainer(createCpuExecutor());
      const got = await trainSteps(gpu, 50);
      const want = await trainSteps(cpu, 50);
      want.forEach(({ loss }, i) => {
        expect(Math.abs((got[i]?.loss ?? NaN) / loss - 1)).toBeLessThan(1e-3);
      });
      gpu.destroy();
    }));
});

/** Counts calls that make GPU objects, and submits. */
function countCalls(counts: Record<string, number>): () => void {
  const undo: (() => void)[] = [];
  const watch = (target: object, name: string): void => {
    const original = Reflect.get(target, name) as (...args: unknown[]) => unknown;
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]) {
      counts[name] = (counts[name] ?? 0) + 1;
      return original.apply(this, args);
    });
    undo.push(() => {
      Reflect.set(target, name, original);
    });
  };
  for (const name of ['createBuffer', 'createBindGroup', 'createComputePipelineAsync']) {
    watch(GPUDevice.prototype, name);
  }
  watch(GPUQueue.prototype, 'submit');
  return () => {
    for (const step of undo) step();
  };
}
