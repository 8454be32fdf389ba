import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import type { TokenLevels } from '../../../src/nn/inputs/target-buffers.ts';
import type { Batch, TokenRange } from '../../../src/nn/inputs/token-batch.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { TINY } from './training.ts';

/** 16 text tokens, then two levels of 12 codes; the rest of the 48 rows is never used. */
export const LEVELS: TokenLevels = { first: 16, levels: 2, codes: 12, weight: 10 };
export const ID_HEAD: TokenRange = { first: 16, count: 24 };
const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, clipNorm: 0 };

/** Rows of random tokens; every other position is scored, targets of ids only or of all tokens. */
export function headBatch(targetsOf: 'ids' | 'all', B = 3, T = 8): Batch {
  const random = new RandomStream(5, `head batch ${targetsOf}`);
  const token = (from: number) => from + random.nextInt(40 - from);
  const ids = Uint32Array.from({ length: B * T }, () => token(0));
  const targets = Int32Array.from({ length: B * T }, (_, i) =>
    i % 2 === 0 ? token(targetsOf === 'ids' ? 16 : 0) : -100,
  );
  return { B, T, ids, targets, scoredLimit: 16 };
}

/** One step: its loss and the parameters after it. */
export async function stepOf(executor: Executor, batch: Batch, levels: TokenLevels | null) {
  const trainer = new Trainer(
    executor,
    languageModel(TINY, levels),
    initialParameters(TINY, 7),
    ADAMW,
  );
  try {
    await trainer.step(batch, 0.01);
    const [stats] = await trainer.flush();
    const { parameters } = await trainer.state();
    return { loss: stats?.loss ?? NaN, parameters };
  } finally {
    trainer.destroy();
  }
}

/** The split loss from the logits, in float64: (Σ w · CE over the token's own level) / scored. */
export async function expectedLoss(executor: Executor, batch: Batch, levels: TokenLevels) {
  const logits = await forwardLogits(executor, TINY, initialParameters(TINY, 7), batch);
  const V = TINY.vocabSize;
  let sum = 0;
  let scored = 0;
  batch.targets.forEach((target, row) => {
    if (target < 0) return;
    const level = Math.floor((target - levels.first) / levels.codes);
    const isId = level >= 0 && level < levels.levels;
    const first = isId ? levels.first + level * levels.codes : 0;
    const count = isId ? levels.codes : V;
    const own = [...logits.subarray(row * V + first, row * V + first + count)];
    const total = own.reduce((all, z) => all + Math.exp(z), 0);
    sum += (isId ? levels.weight : 1) * (Math.log(total) - (logits[row * V + target] ?? NaN));
    scored += 1;
  });
  return sum / scored;
}

/** Worst difference beyond 1e-6 + 1e-5 |expected|; never NaN. */
export function expectClose(got: Float32Array, wanted: Float32Array): void {
  expect(got.length).toBe(wanted.length);
  const excess = got.map((value, i) => {
    const expected = wanted[i] ?? NaN;
    return Math.abs(value - expected) - 1e-6 - 1e-5 * Math.abs(expected);
  });
  expect(excess.findIndex((value) => !(value <= 0))).toBe(-1);
}
