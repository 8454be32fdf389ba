import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { embedItems } from '../../../src/rec/text/text-embedding.ts';
import { titleRows, type TitleFormat } from '../../../src/rec/rows/title-rows.ts';
import { rankByTitles, type RankTitlesInput } from '../../../src/rec/evaluation/rank-titles.ts';
import { trainCell } from '../../../src/rec/training/train-cell.ts';
import type { TrainingRow } from '../../../src/rec/rows/training-rows.ts';
import { createWordEmbedder } from '../../../src/rec/text/word-embedding.ts';

/** Items of two words, neighbours share one, so that titles overlap; after item i comes i + 1. */
const ITEMS = 8;
const SEPARATOR = 3;
const FIRST_WORD = 4;
const WORDS = ['red', 'blue', 'old', 'new', 'hat', 'cup', 'pen', 'box'];
const itemTokens = Array.from({ length: ITEMS }, (_, item) => [
  FIRST_WORD + (item % 4),
  FIRST_WORD + 4 + Math.floor(item / 2),
]);
const decode = (tokens: readonly number[]) =>
  tokens.map((token) => WORDS[token - FIRST_WORD] ?? '?').join(' ');

const CONFIG = {
  ...{ vocabSize: FIRST_WORD + WORDS.length, width: 32, layers: 1, heads: 2, kvHeads: 1 },
  ...{ headWidth: 16, feedForward: 64, tied: true, qkNorm: true, normEps: 1e-6 },
  ...{ ropeTheta: 10000, maxPositions: 32 },
} as const;
const FORMAT: TitleFormat = { itemTokens, separator: SEPARATOR, promptPositions: 16 };

const chain = (start: number, length: number) =>
  Array.from({ length }, (_, k) => (start + k) % ITEMS);

/**
 * A model that has learnt which title follows which recommends the next item first, to every user
 * of batches in which histories differ, and never an item of the user's own history.
 */
export async function checkRankByTitles(executor: Executor): Promise<void> {
  const before = executor.memory().liveBytes;
  const rows: TrainingRow[] = Array.from({ length: ITEMS }, (_, start) => ({
    user: start,
    start: 0,
    items: chain(start, 5),
    scored: [false, true, true, true, true],
  }));
  const { parameters } = await trainCell(executor, {
    config: CONFIG,
    parameters: initialParameters(CONFIG, 1),
    rows: titleRows(rows, FORMAT),
    settings: {
      ...{ epochs: 60, learningRate: 0.02, warmupSteps: 4, finalLearningRateFraction: 0.1 },
      ...{ tokensPerBatch: 128, weightDecay: 0, clipNorm: 1, seed: 1 },
    },
  });
  const texts = itemTokens.map(decode);
  const words = createWordEmbedder(texts, WORDS.length, 1);
  const { vectors, embedder } = await embedItems(words, texts, { isCentred: false });
  const samples = Array.from({ length: ITEMS }, (_, user) => ({
    user,
    target: (user + (user % 3) + 2) % ITEMS,
    timeMs: 0,
    history: chain(user, 2 + (user % 3)),
  }));
  const input: RankTitlesInput = {
    ...{ config: CONFIG, parameters, samples, format: FORMAT, decode },
    ...{ titlesPerUser: 3, maxTokens: 6, temperature: 0.6, seed: 5, batchUsers: 3 },
    ...{ embedder, itemVectors: vectors, coefficients: null, top: 4 },
  };
  const phases = new Set<string>();
  const { lists, titles } = await rankByTitles(executor, input, {
    onProgress: ({ phase, done, total }) => {
      expect(done).toBeLessThanOrEqual(total);
      phases.add(phase);
    },
  });
  expect([...phases]).toEqual(['sample', 'embed', 'ground'].filter((phase) => phases.has(phase)));
  expect(phases.has('sample') && phases.has('ground')).toBe(true);
  lists.forEach((list, user) => {
    const sample = samples[user];
    expect(list).toMatchObject({ user, target: sample?.target });
    expect(titles[user], `titles of user ${String(user)}`).toContain(texts[list.target]);
    expect(list.items[0], `first of user ${String(user)}`).toBe(list.target);
    for (const item of sample?.history ?? []) expect(list.items).not.toContain(item);
    expect(list.items).toHaveLength(4);
  });

  // Alone or in other batches: the same titles and lists. Untrained: others.
  const alone = await rankByTitles(executor, {
    ...input,
    samples: samples.slice(4),
    batchUsers: 2,
  });
  expect(alone.titles).toEqual(titles.slice(4));
  expect(alone.lists).toEqual(lists.slice(4));
  const untrained = { ...input, parameters: initialParameters(CONFIG, 1) };
  const guesses = (await rankByTitles(executor, untrained)).lists;
  const hits = guesses.filter(({ items, target }) => items[0] === target).length;
  expect(hits).toBeLessThan(ITEMS / 2);

  const aborted = rankByTitles(executor, input, { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
  const damaged = { ...input, parameters: parameters.map((x, i) => (i === 0 ? NaN : x)) };
  // The padding token's row: the tied head makes its logit NaN.
  await expect(rankByTitles(executor, damaged)).rejects.toMatchObject({ code: 'non-finite' });
  expect(executor.memory().liveBytes, 'buffers left behind').toBe(before);
}
