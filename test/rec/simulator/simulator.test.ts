import { beforeAll, describe, expect, test } from 'vitest';
import {
  coOccurrenceBaseline,
  itemCounts,
  mostPopular,
  mostPopularOfPeriod,
} from '../../../src/rec/evaluation/baselines.ts';
import { datasetDigest } from '../../../src/rec/data/dataset-digest.ts';
import { filterLog } from '../../../src/rec/data/filter.ts';
import { rankingMetrics } from '../../../src/rec/evaluation/metrics.ts';
import { simulateDataset } from '../../../src/rec/simulator/simulator.ts';
import type { SimulatorOptions } from '../../../src/rec/simulator/simulator-options.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import type { Dataset, InteractionLog, RankedList } from '../../../src/rec/data/types.ts';
import { period } from '../tiny-data.ts';

const TEST = period('test', Date.UTC(2024, 6), Date.UTC(2024, 9));
const PHASE2 = period('phase2', Date.UTC(2024, 3), Date.UTC(2024, 6));
const OPTIONS: SimulatorOptions = {
  domains: ['Games', 'Books'],
  schedule: {
    stages: [
      period('pretrain', Date.UTC(2023, 0), Date.UTC(2024, 0)),
      period('phase1', Date.UTC(2024, 0), Date.UTC(2024, 3)),
      PHASE2,
    ],
    test: TEST,
  },
  usersPerDomain: 250,
  itemsPerDomain: 240,
  interactionsPerUser: 24,
  sharedUsers: 0.2,
  seed: 1,
};
const SMALL = { ...OPTIONS, usersPerDomain: 20, itemsPerDomain: 40, interactionsPerUser: 8 };

let dataset: Dataset;
beforeAll(async () => {
  dataset = await simulateDataset(OPTIONS);
}, 60_000);

function recallAt10(lists: readonly RankedList[]): number {
  return rankingMetrics(lists, [10])[0]?.value ?? NaN;
}

function inputOf(log: InteractionLog) {
  const { data } = filterLog(log, { startMs: null, minCount: 5 });
  const samples = testSamples(data, TEST, { history: 30, minEarlier: 4 });
  return { data, samples, trainEndMs: TEST.startMs };
}

describe('simulateDataset', () => {
  test('stored results keep their data: the digest is the one from before side features', async () => {
    const { digest, domains } = await simulateDataset(SMALL);
    expect(digest).toBe('ec5c5e1d78ca7c5eec8bd9150812c7551c027a92924ae37527f39d7a0dbf5ee2');
    for (const { titles, features } of domains) {
      const category = features?.['category'] ?? [];
      expect(category).toHaveLength(40);
      // "Northwind Cozy Pixel Racer 2": the category's noun stands before the volume.
      category.forEach((noun, item) =>
        expect(titles?.[item]).toMatch(new RegExp(` ${noun} \\d+$`)),
      );
      expect(new Set(category).size).toBeGreaterThan(2);
    }
  });

  test('is a well-formed, repeatable function of its options', async () => {
    for (const { users, items, timesMs, userIds, itemIds, titles } of dataset.domains) {
      expect([...timesMs]).toEqual([...timesMs].sort((a, b) => a - b));
      expect(Math.max(...users)).toBeLessThan(userIds.length);
      expect(Math.max(...items)).toBeLessThan(itemIds.length);
      expect(titles).toHaveLength(240);
      expect(new Set(Array.from(users, (user, row) => `${user}/${items[row] ?? ''}`)).size).toBe(
        users.length,
      );
      expect(Math.min(...timesMs)).toBeGreaterThanOrEqual(Date.UTC(2023, 0));
      expect(Math.max(...timesMs)).toBeLessThan(TEST.endMs);
    }
    const [once, again, other] = await Promise.all([
      simulateDataset(SMALL),
      simulateDataset(SMALL),
      simulateDataset({ ...SMALL, seed: 2 }),
    ]);
    expect(again).toEqual(once);
    expect(other.digest).not.toBe(once.digest);
  });

  test('a domain does not depend on the others', async () => {
    const alone = await simulateDataset({ ...SMALL, domains: ['Books'] });
    const both = await simulateDataset(SMALL);
    expect(alone.domains[0]).toEqual(both.domains[1]);
  });

  test('shares the asked part of the users', () => {
    const [games, books] = dataset.domains.map(({ userIds }) => new Set(userIds));
    expect([...(games ?? [])].filter((id) => books?.has(id))).toHaveLength(50);
  });

  test('co-occurrence finds at least twice as much as popularity', () => {
    for (const log of dataset.domains) {
      const input = inputOf(log);
      expect(input.samples.length).toBeGreaterThan(200);
      const found = recallAt10(coOccurrenceBaseline(input));
      expect(found).toBeGreaterThan(15);
      expect(found).toBeGreaterThan(2 * recallAt10(mostPopular(input)));
    }
  });

  test('popularity drifts: at least 8 of the recent top 20 are not among the overall ones', () => {
    for (const log of dataset.domains) {
      const input = inputOf(log);
      const overall = mostPopular(input)[0]?.items ?? [];
      const recent = mostPopularOfPeriod(input, PHASE2)[0]?.items ?? [];
      expect(recent).toHaveLength(20);
      expect(recent.filter((item) => !overall.includes(item)).length).toBeGreaterThanOrEqual(8);
      const counts = itemCounts(input.data, PHASE2).toSorted().reverse();
      const top = counts.slice(0, 24).reduce((sum, count) => sum + count, 0);
      expect(top / counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0.2);
    }
  });

  test('titles tell about tastes: followers share more words than strangers', () => {
    for (const { titles, users, items } of dataset.domains) {
      const words = (titles ?? []).map((title) => new Set(title.split(' ')));
      const common = (a: number, b: number) =>
        [...(words[a] ?? [])].filter((word) => words[b]?.has(word)).length;
      const byUser = new Map<number, number[]>();
      users.forEach((user, row) => {
        byUser.set(user, [...(byUser.get(user) ?? []), items[row] ?? 0]);
      });
      const timelines = [...byUser.values()];
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
      const next = timelines.flatMap((own) =>
        own.slice(1).map((item, k) => common(own[k] ?? 0, item)),
      );
      const strangers = words.flatMap((_, a) => words.map((_w, b) => (a === b ? 0 : common(a, b))));
      expect(mean(next)).toBeGreaterThan(2 * mean(strangers));
    }
  });

  test.each([
    [{ interactionsPerUser: 61 }, 'interactionsPerUser'],
    [{ usersPerDomain: 0 }, 'usersPerDomain'],
    [{ sharedUsers: 1.5 }, 'sharedUsers'],
    [{ domains: ['A', 'A'] }, 'domains'],
    [{ domains: [] }, 'domains'],
  ])('refuses %j', async (change, place) => {
    await expect(simulateDataset({ ...OPTIONS, ...change })).rejects.toMatchObject({
      code: 'invalid-argument',
      faults: [{ place }],
    });
  });
});

test('datasetDigest changes with every column', async () => {
  const [log] = (await simulateDataset({ ...SMALL, domains: ['Games'] })).domains;
  if (log === undefined) throw new Error('no domain');
  const changes: InteractionLog[] = [
    log,
    { ...log, domain: 'X' },
    { ...log, titles: null },
    { ...log, userIds: log.userIds.toReversed() },
    { ...log, itemIds: log.itemIds.toReversed() },
    { ...log, users: log.users.toReversed() },
    { ...log, items: log.items.toReversed() },
    { ...log, timesMs: log.timesMs.map((timeMs, row) => (row === 3 ? timeMs + 1 : timeMs)) },
  ];
  const digests = await Promise.all(changes.map((changed) => datasetDigest([changed])));
  expect(new Set(digests).size).toBe(changes.length);
});

describe('existing items', () => {
  test('lets a domain have more items that come later, and leaves the others as they are', async () => {
    const some = await simulateDataset({ ...OPTIONS, existingItems: { Books: 0 } });
    expect(some.domains[0]).toEqual(dataset.domains[0]);
    const firstHalfYear = ({ domains }: Dataset) => {
      const { items, timesMs } = domains[1] ?? { items: [], timesMs: [] };
      return new Set(items.filter((_, row) => (timesMs[row] ?? 0) < Date.UTC(2023, 6))).size;
    };
    expect(firstHalfYear(some)).toBeLessThan(0.7 * firstHalfYear(dataset));
    await expect(simulateDataset({ ...SMALL, existingItems: { Books: 2 } })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});
