import { expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { estimateSampling } from '../../../src/nn/decoding/sampling-estimate.ts';
import { promptLengths } from '../../../src/rec/rows/prompt-batches.ts';
import { rankByTitles } from '../../../src/rec/evaluation/rank-titles.ts';

const CONFIG = {
  ...{ vocabSize: 12, width: 32, layers: 1, heads: 2, kvHeads: 1, headWidth: 16 },
  ...{ feedForward: 64, tied: true, qkNorm: true, normEps: 1e-6, ropeTheta: 1e4 },
  maxPositions: 72,
} as const;
const TITLES = { maxTokens: 6, temperature: 0.6 } as const;
const SEPARATOR = 3;

it('the estimate of sampling titles is what ranking by them takes', async () => {
  const executor = createCpuExecutor();
  const { profile } = executor;
  const [users, samples] = [3, 4];
  const lengths = promptLengths(40, { answer: TITLES.maxTokens - 1, maxPositions: 72 });
  expect(lengths).toEqual([64, 32, 16]);
  const sizes = lengths.map((length) => ({
    ...{ users, length, samples, stopToken: SEPARATOR },
    ...TITLES,
  }));
  const { total, largestBuffer } = await estimateSampling(profile, CONFIG, sizes);
  expect(largestBuffer).toBeLessThan(total);
  // Histories of 2, 9 and 18 items, two tokens each: one prompt of every length.
  await rankByTitles(executor, {
    ...{ config: CONFIG, parameters: initialParameters(CONFIG, 1), ...TITLES },
    samples: [2, 9, 18].map((items, user) => ({
      ...{ user, target: 0, timeMs: 0 },
      history: Array.from({ length: items }, () => 1),
    })),
    format: { itemTokens: [[4], [5]], separator: SEPARATOR, promptPositions: 40 },
    ...{ titlesPerUser: samples, seed: 1, batchUsers: users, top: 1, coefficients: null },
    decode: String,
    embedder: {
      width: 2,
      embed: (texts) => Promise.resolve(new Float32Array(2 * texts.length).fill(1)),
      destroy: () => undefined,
    },
    itemVectors: Float32Array.of(1, 0, 0, 1),
  });
  expect(executor.memory().peakBytes).toBe(total);
  executor.destroy();
});

it('sampling that an adapter has no room for is refused with need and limit', async () => {
  const { profile } = createCpuExecutor();
  const limited = { ...profile, limits: { maxBufferSize: 16 * 1024 } };
  const sizes = [{ users: 3, length: 64, samples: 4, stopToken: SEPARATOR, ...TITLES }];
  await expect(estimateSampling(limited, CONFIG, sizes)).rejects.toMatchObject({
    code: 'limit-exceeded',
  });
});
