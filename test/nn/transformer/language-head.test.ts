import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { microShapes, splitBatch } from '../../../src/nn/training/micro-batches.ts';
import {
  expectClose,
  expectedLoss,
  headBatch,
  ID_HEAD,
  LEVELS,
  stepOf,
} from '../../support/models/language-head.ts';

describe('split softmax and a part of the head', () => {
  it.each(['ids', 'all'] as const)(
    'loss over the own level, ids weighted: targets %s',
    async (of) => {
      const executor = createCpuExecutor();
      const batch = headBatch(of);
      const { loss } = await stepOf(executor, batch, LEVELS);
      const wanted = await expectedLoss(executor, batch, LEVELS);
      expect(Math.abs(loss - wanted)).toBeLessThan(1e-5 * wanted);
      expect((await stepOf(executor, batch, null)).loss).not.toBeCloseTo(loss, 2);
      executor.destroy();
    },
  );

  it('gives the same step from the id rows of the head alone as from all of it', async () => {
    const executor = createCpuExecutor();
    const batch = headBatch('ids');
    const whole = await stepOf(executor, batch, LEVELS);
    const part = await stepOf(executor, { ...batch, head: ID_HEAD }, LEVELS);
    expect(part.loss).toBeCloseTo(whole.loss, 5);
    expectClose(part.parameters, whole.parameters);
    expect(executor.memory().liveBuffers).toBe(0);
    executor.destroy();
  });

  it('refuses a target outside the head, and a head at no boundary', async () => {
    const executor = createCpuExecutor();
    const outside = { ...headBatch('all'), head: ID_HEAD };
    await expect(stepOf(executor, outside, LEVELS)).rejects.toThrow(/is not in the head/);
    const askew = { ...headBatch('ids'), head: { first: 15, count: 25 } };
    await expect(stepOf(executor, askew, LEVELS)).rejects.toThrow(/does not start at a binding/);
    executor.destroy();
  });

  it('keeps the head in micro-batches', () => {
    const batch = { ...headBatch('ids'), head: ID_HEAD };
    expect(splitBatch(batch, 2).map(({ head }) => head)).toEqual([ID_HEAD, ID_HEAD]);
    expect(microShapes([batch], 2).map(({ head }) => head)).toEqual([ID_HEAD]);
  });
});
