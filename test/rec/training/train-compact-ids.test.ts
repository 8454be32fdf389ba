import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import { initialCompactIds } from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import { rankingMetrics } from '../../../src/rec/evaluation/metrics.ts';
import { rankCompactIds } from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { itemPositions, itemRows } from '../../../src/rec/rows/item-rows.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import { trainCompactIds } from '../../../src/rec/training/train-compact-ids.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { countingUser, period, tinyData } from '../tiny-data.ts';

const ITEMS = 40;
const LEVELS = 2;
const CODES_PER_LEVEL = 8;
/** Codes say nothing of what follows what: it has to be learnt. */
const CODES = Array.from({ length: ITEMS }, (_, item) => {
  const number = (item * 27) % 64;
  return [number >> 3, number & 7];
}).flat();
const TREE = buildCodeTree(CODES, LEVELS, CODES_PER_LEVEL);

/** Item i is followed by i + 7, one time in six by anything; half of the users begin with item 3. */
function inventedLog() {
  const random = new RandomStream(3, 'invented log');
  const timelines = Array.from({ length: 160 }, (_, user) => {
    let item = user % 2 === 0 ? 3 : random.nextInt(ITEMS);
    return Array.from({ length: 5 + random.nextInt(5) }, (_, time): [number, number] => {
      if (time > 0) item = random.nextInt(6) === 0 ? random.nextInt(ITEMS) : (item + 7) % ITEMS;
      return [item, time];
    });
  });
  return tinyData(timelines);
}

const CONFIG = {
  ...{ levels: LEVELS, codesPerLevel: CODES_PER_LEVEL, nodes: nodeCount(TREE) },
  ...{ prefixVectors: true, trieLoss: true, width: 32, layers: 1, heads: 2, kvHeads: 2 },
  ...{ headWidth: 16, feedForward: 64, qkNorm: false, normEps: 1e-6, ropeTheta: 10_000 },
  maxPositions: 16,
};
const SETTINGS = {
  ...{ epochs: 12, learningRate: 5e-3, warmupSteps: 10, finalLearningRateFraction: 1 },
  ...{ weightDecay: 0.01, clipNorm: LEVELS, tokensPerBatch: 128, seed: 1 },
};
const SPLIT = { history: 10, minEarlier: 3 };

async function learn(executor: Executor) {
  const data = inventedLog();
  const rows = trainingRows(data, period('train', 0, 4), {
    ...{ ...SPLIT, maxTargets: null, seed: 0, score: 'every' },
  });
  const losses: number[] = [];
  const cell = { config: CONFIG, tree: TREE, parameters: initialCompactIds(CONFIG, 1), rows };
  const { parameters, steps } = await trainCompactIds(
    executor,
    { ...cell, settings: SETTINGS },
    { onProgress: (progress) => losses.push(...progress.losses) },
  );
  const samples = testSamples(data, period('test', 4, 100), SPLIT);
  const setup = { config: CONFIG, tree: TREE, beam: ITEMS, batchUsers: 32 };
  const lists = await rankCompactIds(executor, { ...setup, parameters, samples });
  return { losses, steps, lists, samples, parameters };
}

describe('compact ids on an invented log', () => {
  it('learn what follows what: the loss falls, held-out items beat every guess', () =>
    withWasm({}, async (executor) => {
      const { losses, steps, lists, samples } = await learn(executor);
      expect(losses).toHaveLength(steps);
      const mean = (values: readonly number[]) =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const epoch = steps / SETTINGS.epochs;
      expect(losses[0]).toBeGreaterThan(0.9 * Math.log(ITEMS));
      expect(mean(losses.slice(-epoch))).toBeLessThan(0.6 * mean(losses.slice(0, epoch)));
      // A target's own log-probability, all items being beams.
      const logs = lists.map(({ items, scores, target }) => scores[items.indexOf(target)] ?? NaN);
      expect(-mean(logs)).toBeLessThan(0.75 * Math.log(ITEMS));
      const [recall] = rankingMetrics(lists, [1]);
      // Five of six follow the rule; one of forty is a guess.
      expect(recall?.value).toBeGreaterThan(60);
      expect(lists.map(({ user, target }) => [user, target])).toEqual(
        samples.map(({ user, target }) => [user, target]),
      );
      for (const { scores } of lists) {
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        expect(Math.abs(total - 1)).toBeLessThan(1e-4);
      }
    }));

  it('give the same bits twice', () =>
    withWasm({}, async (executor) => {
      const { parameters } = await learn(executor);
      expect((await learn(executor)).parameters).toEqual(parameters);
    }));
});

describe('training rows of compact ids', () => {
  it.each([ITEMS, -1, 0.5, NaN])('with item %d are refused before anything is allocated', (item) =>
    withWasm({}, async (executor) => {
      const rows = [{ user: 0, start: 0, items: [1, item, 2], scored: [true, true, true] }];
      const cell = { config: CONFIG, tree: TREE, parameters: initialCompactIds(CONFIG, 1), rows };
      const training = trainCompactIds(executor, { ...cell, settings: SETTINGS });
      await expect(training).rejects.toThrow(`Item ${item} has no semantic id`);
    }),
  );
});

describe('rows of items', () => {
  it('begin with the start and score what the rows score', () => {
    const data = tinyData([countingUser(3)]);
    const options = { ...SPLIT, maxTargets: null, seed: 0, score: 'every' } as const;
    const whole = itemRows(trainingRows(data, period('p', 0, 10), options));
    expect(whole).toEqual([{ ids: [0, 1, 2], targets: [0, 1, 2] }]);
    const later = itemRows(trainingRows(data, period('p', 2, 10), options));
    expect(later).toEqual([{ ids: [0, 1, 2], targets: [-100, -100, 2] }]);
    expect(itemPositions([5, 0])).toEqual([0, 6, 1]);
    expect(itemPositions([])).toEqual([0]);
  });
});
