import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { expectClose } from './check-op.ts';
import { TINY } from '../models/training.ts';

const SEQUENCES = [[3, 9, 27, 4, 12], [5], [7, 11, 13], [46, 1, 2, 3, 4, 5, 6]];
const TOLERANCE = { absolute: 1e-5, relative: 1e-5 };

/** One sequence a row, or all in one row with two positions of padding before the last. */
function layOut(isPacked: boolean): Batch & { readonly segments: Uint32Array } {
  const longest = 8;
  const B = isPacked ? 1 : SEQUENCES.length;
  const T = isPacked ? 18 : longest;
  // Padding holds tokens like any other: only the segments may tell it apart.
  const ids = Uint32Array.from({ length: B * T }, (_, i) => (31 * i + 17) % TINY.vocabSize);
  const targets = new Int32Array(B * T).fill(-100);
  const segments: number[] = [];
  let at = 0;
  SEQUENCES.forEach((sequence, index) => {
    if (!isPacked) at = index * T;
    else if (index === SEQUENCES.length - 1) at += 2;
    ids.set(sequence, at);
    targets.set(sequence.slice(1), at);
    segments.push(at, at + sequence.length);
    at += sequence.length;
  });
  return { B, T, ids, targets, segments: Uint32Array.from(segments) };
}

function ownRows(logits: Float32Array, { segments }: { segments: Uint32Array }): number[] {
  const rows: number[] = [];
  for (let i = 0; i < segments.length; i += 2) {
    const [start = 0, end = 0] = segments.subarray(i, i + 2);
    rows.push(...logits.subarray(start * TINY.vocabSize, end * TINY.vocabSize));
  }
  return rows;
}

/** A sequence's logits do not depend on what stands beside it in its row. */
export async function checkPackedLogits(executor: Executor): Promise<void> {
  const parameters = initialParameters(TINY, 7);
  const padded = layOut(false);
  const packed = layOut(true);
  const want = await forwardLogits(executor, TINY, parameters, padded);
  const got = await forwardLogits(executor, TINY, parameters, packed);
  expectClose(ownRows(got, packed), ownRows(want, padded), TOLERANCE, 'packed logits');
  const { B, T, ids } = packed;
  const wrong = await forwardLogits(executor, TINY, parameters, { B, T, ids });
  expect(ownRows(wrong, packed), 'without segments they do').not.toEqual(ownRows(got, packed));
}

/** Packed and padded batches of the same sequences train alike. */
export async function checkPackedTraining(executor: Executor): Promise<void> {
  const train = async (batch: Batch) => {
    const settings = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 1 };
    const trainer = new Trainer(
      executor,
      languageModel(TINY),
      initialParameters(TINY, 7),
      settings,
    );
    try {
      for (let i = 0; i < 5; i++) await trainer.step(batch, 0.003);
      const stats = await trainer.flush();
      return stats.flatMap(({ loss, gradNorm }) => [loss, gradNorm]);
    } finally {
      trainer.destroy();
    }
  };
  const want = await train(layOut(false));
  const scored = await train({ ...layOut(false), scoredLimit: 12 });
  expectClose(scored, want, { absolute: 0, relative: 1e-4 }, 'head of the scored rows only');
  const tooFew = train({ ...layOut(false), scoredLimit: 11 });
  await expect(tooFew).rejects.toMatchObject({ code: 'invalid-argument' });
  const got = await train(layOut(true));
  expectClose(got, want, { absolute: 0, relative: 1e-4 }, 'losses and gradient norms');
}
