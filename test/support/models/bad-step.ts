import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { GradientBench } from '../ops/gradient-bench.ts';
import { newTrainer, stepBatch, TINY, type LanguageTrainer } from './training.ts';

/** The last rate throws the weights far out, but to finite places: the next step is the bad one. */
const RATES = [0.01, 0.01, 1e25];

async function train(trainer: LanguageTrainer, rates: readonly number[], microBatches: number) {
  for (const rate of rates) {
    const batch = stepBatch(trainer.stepCount, 4);
    const half = (from: number) => ({
      ...{ B: 2, T: batch.T },
      ids: batch.ids.slice(from, from + 2 * batch.T),
      targets: batch.targets.slice(from, from + 2 * batch.T),
    });
    await trainer.step(microBatches === 1 ? batch : [half(0), half(2 * batch.T)], rate);
  }
  await trainer.flush();
}

/**
 * A step with a gradient that is no number names its first bad element, which is the one that its gradients
 * by themselves show; weights and moments stay as they were before it, however many steps follow.
 */
export async function checkBadGradient(executor: Executor, microBatches = 1): Promise<void> {
  const calm = newTrainer(executor);
  await train(calm, RATES, microBatches);
  const before = await calm.state();
  calm.destroy();
  expect(before.parameters.every((value) => Number.isFinite(value))).toBe(true);

  const bench = new GradientBench(executor, languageModel(TINY));
  const { gradient } = await bench.run(before.parameters, stepBatch(RATES.length, 4));
  bench.destroy();
  const first = gradient.findIndex((value) => !Number.isFinite(value));
  const entry = bench.layout.entries.find(({ offset, size }) => first < offset + size);
  expect(first).toBeGreaterThanOrEqual(entry?.offset ?? Infinity);

  const trainer = newTrainer(executor);
  // Good steps behind the bad one, which must not count.
  const failing = train(trainer, [...RATES, 0.03, 0.01, 0.01, 0.01], microBatches);
  const index = first - (entry?.offset ?? 0);
  const error: unknown = await failing.catch((thrown: unknown) => thrown);
  const place = `first in the gradient of element ${String(index)} of "${entry?.name ?? ''}"`;
  expect(error).toMatchObject({
    code: 'non-finite',
    message: expect.stringContaining(
      `Step 3: the loss or the gradient is not a number, ${place}`,
    ) as string,
    hint:
      'The weights before this step are unchanged, and the last checkpoint is kept. ' +
      'Lower the learning rate: 0.01 at most where this step had 0.03.',
    details: { stepIndex: 3, place: 'gradient', tensor: entry?.name, index },
  });
  await expect(trainer.flush()).rejects.toBe(error);
  await expect(trainer.step(stepBatch(0), 0.01)).rejects.toBe(error);
  const after = await trainer.state();
  expect(after.parameters).toEqual(before.parameters);
  expect(after.m).toEqual(before.m);
  expect(after.v).toEqual(before.v);
  trainer.destroy();
  expect(executor.memory().liveBytes).toBe(0);
}
