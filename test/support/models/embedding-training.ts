import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { entryOf } from '../../../src/core/layout.ts';
import {
  createEmbeddingModel,
  embeddingTable,
  ITEM_TOKEN,
} from '../../../src/nn/embedding-model/embedding-layout.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { encodeItems } from '../../../src/rec/embedding/encode-items.ts';
import { rankByEmbedding } from '../../../src/rec/embedding/rank-by-embedding.ts';
import {
  trainEmbeddingCell,
  type EmbeddingCellSettings,
} from '../../../src/rec/embedding/train-embedding-cell.ts';
import { unitRows } from '../../../src/rec/embedding/top-items.ts';
import { rankingMetrics } from '../../../src/rec/evaluation/metrics.ts';
import type { TrainingRow } from '../../../src/rec/rows/training-rows.ts';
import type { Sample } from '../../../src/rec/data/types.ts';
import { expectClose } from '../ops/check-op.ts';
import { TINY } from './training.ts';

const CONFIG = { ...TINY, layers: 2 };
const ITEMS = 30;
/** Item i's text says where on a circle it lies; users walk along it. */
const ITEM_TOKENS = Array.from({ length: ITEMS }, (_, i) =>
  i % 3 === 0 ? [1 + Math.floor(i / 6), 20 + (i % 6), 7] : [1 + Math.floor(i / 6), 20 + (i % 6)],
);
const SETTINGS = {
  epochs: 8,
  learningRate: 0.01,
  warmupSteps: 4,
  finalLearningRateFraction: 0.1,
  weightDecay: 0.001,
  clipNorm: 1,
  seed: 3,
  sequencesPerBatch: 8,
  negatives: 16,
};

function walks(name: string, count: number): number[][] {
  const random = new RandomStream(5, name);
  return Array.from({ length: count }, () => {
    const start = random.nextInt(ITEMS);
    return Array.from({ length: 4 + random.nextInt(4) }, (_, i) => (start + i) % ITEMS);
  });
}

const ROWS: TrainingRow[] = walks('train', 40).map((items, user) => ({
  user,
  start: 0,
  items,
  scored: items.map((_, i) => i > 0),
}));

export const SAMPLES: Sample[] = walks('test', 25).map((items, user) => ({
  user,
  target: items.at(-1) ?? -1,
  timeMs: 0,
  history: items.slice(0, -1),
}));

const START = createEmbeddingModel(CONFIG, initialParameters(CONFIG, 1), 2);

type Changes = Partial<EmbeddingCellSettings>;

async function train(executor: Executor, changes: Changes = {}, start = START) {
  const losses: number[] = [];
  const closeShares: number[] = [];
  const cell = await trainEmbeddingCell(
    executor,
    {
      config: CONFIG,
      parameters: start,
      rows: ROWS,
      itemTokens: ITEM_TOKENS,
      settings: { ...SETTINGS, ...changes },
    },
    {
      onProgress: (progress) => {
        losses.push(...progress.losses);
        closeShares.push(...(progress.closeShares ?? []));
      },
    },
  );
  return { ...cell, losses, closeShares };
}

async function rank(
  executor: Executor,
  parameters: Float32Array<ArrayBuffer>,
  changes: { maskHistory?: boolean; batchUsers?: number; length?: number } = {},
) {
  const config = CONFIG;
  const encode = { config, parameters, itemTokens: ITEM_TOKENS, tokensPerBatch: 40 };
  const itemVectors = await encodeItems(executor, encode);
  const input = { config, parameters, itemVectors, samples: SAMPLES, length: 5, batchUsers: 7 };
  return { itemVectors, lists: await rankByEmbedding(executor, { ...input, ...changes }) };
}

function recallAt5(lists: Awaited<ReturnType<typeof rank>>['lists']): number {
  return rankingMetrics(lists, [5]).find(({ metric }) => metric === 'recall')?.value ?? NaN;
}

/** Training brings the loss down, ranks better than chance and leaves nothing behind. */
export async function checkTraining(executor: Executor): Promise<Float32Array<ArrayBuffer>> {
  const before = executor.memory().liveBytes;
  const { parameters, steps, losses } = await train(executor);
  expect(steps).toBe(8 * 5);
  expect(losses).toHaveLength(steps);
  const mean = (part: readonly number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
  expect(mean(losses.slice(-5))).toBeLessThan(0.6 * mean(losses.slice(0, 5)));
  const { lists } = await rank(executor, parameters);
  // By chance a fifth of the users would be served: 5 of 30 items, less the history.
  expect(recallAt5(lists)).toBeGreaterThan(60);
  expect(recallAt5((await rank(executor, START)).lists)).toBeLessThan(50);
  expect(executor.memory().liveBytes).toBe(before);
  return parameters;
}

/** Same seed, same bits; another seed draws other batches. */
export async function checkSeeds(executor: Executor): Promise<void> {
  const once = await train(executor, { epochs: 1 });
  const again = await train(executor, { epochs: 1 });
  expect(again.parameters).toEqual(once.parameters);
  expect(again.losses).toEqual(once.losses);
  const other = await train(executor, { epochs: 1, seed: 4 });
  expect(other.parameters).not.toEqual(once.parameters);
}

/**
 * Each user's own history is masked, and nothing else: the masked ranking is the full one without
 * the items of that user. Users are batched in uneven groups, so a mask of another row would show.
 */
export async function checkMask(executor: Executor): Promise<void> {
  const full = await rank(executor, START, { maskHistory: false, length: ITEMS });
  const masked = await rank(executor, START, { length: ITEMS });
  full.lists.forEach(({ items, user, target }, index) => {
    expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: ITEMS }, (_, i) => i));
    const { history = [] } = SAMPLES[index] ?? {};
    expect(masked.lists[index]).toMatchObject({
      user,
      target,
      items: items.filter((item) => !history.includes(item)),
    });
  });
}

/** Users are ranked alike alone, together, and by a plain search over the vectors. */
export async function checkBatches(executor: Executor): Promise<void> {
  const together = await rank(executor, START, { batchUsers: 25 });
  const alone = await rank(executor, START, { batchUsers: 1 });
  expect(alone.lists).toEqual(together.lists);
  expect(together.lists.map(({ user }) => user)).toEqual(SAMPLES.map(({ user }) => user));
}

/** A start whose item token drowns every text: all item vectors are nearly parallel. */
function parallelStart(): Float32Array<ArrayBuffer> {
  const arena = START.slice();
  const { offset, size } = entryOf(embeddingTable(CONFIG).layout, ITEM_TOKEN);
  for (let i = offset; i < offset + size; i++) arena[i] = 60 * (arena[i] ?? NaN);
  return arena;
}

/**
 * Training from parallel vectors: by closeness every negative is masked in every step, the loss is 0
 * and no gradient moves anything; by item they compete, and the loss falls. `auto` is the one while
 * most are close and the other after.
 */
export async function checkCloseness(executor: Executor): Promise<void> {
  const start = parallelStart();
  const { itemVectors } = await rank(executor, start);
  expect(leastCosine(itemVectors)).toBeGreaterThan(0.99);
  const still = { weightDecay: 0, learningRate: 0.003 };
  const dead = await train(executor, { ...still, epochs: 1 }, start);
  expect(dead.closeShares).toEqual(Array.from({ length: 5 }, () => 1));
  expect(dead.losses.every((loss) => loss === 0)).toBe(true);
  expect(dead.parameters).toEqual(start);
  const byItem = await train(executor, { ...still, mask: 'item', epochs: 30 }, start);
  expect(byItem.closeShares[0]).toBe(1);
  const mean = (part: readonly number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
  // ln 17 where nothing is told apart: one target and 16 negatives, a few of them the target.
  expect(mean(byItem.losses.slice(0, 5))).toBeGreaterThan(2.6);
  expect(mean(byItem.losses.slice(-5))).toBeLessThan(0.7 * mean(byItem.losses.slice(0, 5)));
  const auto = await train(executor, { ...still, mask: 'auto', epochs: 30 }, start);
  expect(auto.losses[0]).toBe(byItem.losses[0]);
  expect(auto.closeShares.at(-1)).toBeLessThan(0.5);
  expect(mean(auto.losses.slice(-5))).toBeLessThan(0.7 * mean(auto.losses.slice(0, 5)));
}

/** The smallest of all pairs. */
function leastCosine(vectors: Float32Array): number {
  const { width } = CONFIG;
  const units = unitRows(vectors, width);
  const row = (item: number) => units.subarray(item * width, (item + 1) * width);
  let least = 1;
  for (let a = 0; a < ITEMS; a++) {
    for (let b = 0; b < a; b++) {
      const other = row(b);
      least = Math.min(
        least,
        row(a).reduce((sum, x, i) => sum + x * (other[i] ?? NaN), 0),
      );
    }
  }
  return least;
}

/** The batch's own targets as negatives, and dropout: both learn, and repeat their bits. */
export async function checkOptions(executor: Executor): Promise<void> {
  const dropout = { embedding: 0.1, attention: 0.1, residual: 0.1 };
  for (const changes of [{ inBatch: true }, { dropout }]) {
    const { losses, parameters } = await train(executor, changes);
    const mean = (part: readonly number[]) => part.reduce((sum, x) => sum + x, 0) / part.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.75 * mean(losses.slice(0, 5)));
    const other = await train(executor, { ...changes, epochs: 1 });
    expect(other.losses).toEqual((await train(executor, { ...changes, epochs: 1 })).losses);
    expect(other.losses).not.toEqual((await train(executor, { epochs: 1 })).losses);
    expect(parameters.every(Number.isFinite)).toBe(true);
  }
}

/** Two executors train to the same losses, encode the same vectors and rank alike. */
export async function checkAgreement(executor: Executor, reference: Executor): Promise<void> {
  const want = await train(reference, { epochs: 1 });
  const got = await train(executor, { epochs: 1 });
  expectClose(got.losses, want.losses, { absolute: 1e-4, relative: 1e-3 }, 'losses');
  // Pairs next to the threshold may fall on either side of it.
  expectClose(got.closeShares, want.closeShares, { absolute: 0.1, relative: 0 }, 'shares');
  const ours = await rank(executor, START, { length: ITEMS });
  const theirs = await rank(reference, START, { length: ITEMS });
  expectClose(ours.itemVectors, theirs.itemVectors, { absolute: 1e-4, relative: 1e-4 }, 'vectors');
  expect(Math.abs(recallAt5(ours.lists) - recallAt5(theirs.lists))).toBeLessThanOrEqual(4);
}
