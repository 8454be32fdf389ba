import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import type { DropoutRates } from '../../../src/nn/ops/dropout-sites.ts';
import { splitBatch } from '../../../src/nn/training/micro-batches.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { expectClose } from '../ops/check-op.ts';
import { stepBatch, TINY, type LanguageTrainer } from './training.ts';

export const RATES: DropoutRates = { embedding: 0.2, attention: 0.3, residual: 0.1 };

const CONFIG = { ...TINY, layers: 2 };
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 1 };

export function newDropTrainer(
  executor: Executor,
  rates: DropoutRates | null,
  { seed = 5, recompute = false } = {},
): LanguageTrainer {
  const dropout = rates && { ...rates, seed };
  const options = { recompute, ...(dropout && { dropout }) };
  return new Trainer(executor, languageModel(CONFIG), initialParameters(CONFIG, 7), ADAMW, options);
}

/**
 * Same seed, same bits; rate 0 is no dropout; masks depend on the seed; blocks computed again have
 * the same masks; a batch in parts has those of a whole one.
 */
export async function checkDropout(executor: Executor): Promise<void> {
  const run = async (
    rates: DropoutRates | null,
    { parts = 1, ...options }: { seed?: number; recompute?: boolean; parts?: number } = {},
  ) => {
    const trainer = newDropTrainer(executor, rates, options);
    for (let step = 0; step < 3; step++) {
      await trainer.step(splitBatch(stepBatch(step, 4), parts), 0.01);
    }
    const losses = (await trainer.flush()).map(({ loss }) => loss);
    const parameters = await trainer.parameters();
    trainer.destroy();
    return { losses, parameters };
  };
  const plain = await run(null);
  expect(await run({ embedding: 0, attention: 0, residual: 0 })).toEqual(plain);
  const once = await run(RATES);
  expect(await run(RATES)).toEqual(once);
  expect(await run(RATES, { recompute: true })).toEqual(once);
  expect((await run(RATES, { seed: 6 })).losses).not.toEqual(once.losses);
  for (const place of ['embedding', 'attention', 'residual'] as const) {
    const alone = await run({ embedding: 0, attention: 0, residual: 0, [place]: 0.3 });
    expect(alone.losses[0], place).not.toBe(plain.losses[0]);
  }
  const inParts = await run(RATES, { parts: 2 });
  expectClose(inParts.losses, once.losses, { absolute: 1e-5, relative: 1e-5 }, 'losses in parts');
  expect(executor.memory().liveBytes).toBe(0);
}
