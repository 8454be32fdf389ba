import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { createEmbeddingModel } from '../../../src/nn/embedding-model/embedding-layout.ts';
import { encodeItems } from '../../../src/rec/embedding/encode-items.ts';
import { rankByEmbedding } from '../../../src/rec/embedding/rank-by-embedding.ts';
import { checkGradients, WITH_VECTORS } from '../../support/models/embedding-model.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import {
  checkAgreement,
  checkBatches,
  checkCloseness,
  checkMask,
  checkOptions,
  checkSeeds,
  checkTraining,
  SAMPLES,
} from '../../support/models/embedding-training.ts';
import { TINY } from '../../support/models/training.ts';

/** In WebAssembly, which has to agree with the twins: those take ten times as long. */
describe('the embedding paradigm on the CPU executor', () => {
  const inWasm = (check: (executor: Executor) => Promise<unknown>) => () =>
    withWasm({}, async (executor) => void (await check(executor)));

  it(
    'has the gradients of finite differences, also with vectors of items',
    inWasm(async (executor) => {
      await checkGradients(executor);
      await checkGradients(executor, WITH_VECTORS);
    }),
  );
  it(
    'trains and encodes as the twins do',
    inWasm((executor) => checkAgreement(executor, createCpuExecutor())),
  );
  it(
    'learns to rank',
    inWasm(async (executor) => {
      const parameters = await checkTraining(executor);
      expect(parameters.every(Number.isFinite)).toBe(true);
    }),
  );
  it(
    'is dead where all vectors are parallel, says so, and lives by a mask of items',
    inWasm(checkCloseness),
  );
  it('learns with dropout, and with the batch’s own targets as negatives', inWasm(checkOptions));
  it('gives the same bits for the same seed', inWasm(checkSeeds));
  it("masks each user's own history", inWasm(checkMask));
  // Bits of the twins: a row in WebAssembly may be summed in another order beside others.
  it('ranks users alike alone and together', () => checkBatches(createCpuExecutor()));
});

describe('bad input', () => {
  const parameters = createEmbeddingModel(TINY, initialParameters(TINY, 1), 1);
  const encode = (itemTokens: number[][]) =>
    encodeItems(createCpuExecutor(), { config: TINY, parameters, itemTokens });

  it('names items without text and texts that are too long', async () => {
    await expect(encode([[1], [], [2], []])).rejects.toThrow(/2 of 4 items .* item 1/);
    await expect(encode([new Array<number>(32).fill(1)])).rejects.toThrow(/32 tokens/);
    await expect(encode([])).rejects.toMatchObject({ code: 'data-invalid' });
  });

  it('refuses unknown items, vectors of another width and damaged weights', async () => {
    const executor = createCpuExecutor();
    const rank = (itemVectors: Float32Array) =>
      rankByEmbedding(executor, {
        config: TINY,
        parameters,
        itemVectors,
        samples: SAMPLES,
        length: 5,
      });
    await expect(rank(new Float32Array(5 * 16).fill(1))).rejects.toThrow(/without a vector/);
    await expect(rank(new Float32Array(7))).rejects.toThrow(/width/);
    const damaged = rank(new Float32Array(30 * 16).fill(NaN));
    await expect(damaged).rejects.toMatchObject({ code: 'non-finite' });
    expect(executor.memory().liveBytes).toBe(0);
  });
});
