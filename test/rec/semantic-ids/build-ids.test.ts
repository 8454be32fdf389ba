import { beforeAll, describe, expect, test } from 'vitest';
import { filterLog } from '../../../src/rec/data/filter.ts';
import { reachabilityNotes, unreachableItems } from '../../../src/rec/semantic-ids/reachability.ts';
import { buildSemanticIds } from '../../../src/rec/semantic-ids/build-ids.ts';
import { simulateDataset } from '../../../src/rec/simulator/simulator.ts';
import type { DomainData, SemanticIds } from '../../../src/rec/data/types.ts';
import { hasAmazonData, readAmazonLog, AMAZON_SCHEDULE } from '../amazon-data.ts';
import { period } from '../tiny-data.ts';

const PRETRAIN = period('pretrain', Date.UTC(2023, 0), Date.UTC(2024, 0));
const OPTIONS = {
  levels: 3,
  codesPerLevel: 32,
  features: 'both',
  dimensions: 24,
  beforeMs: PRETRAIN.endMs,
  seed: 1,
} as const;

let data: DomainData;
beforeAll(async () => {
  const dataset = await simulateDataset({
    domains: ['Games'],
    schedule: { stages: [PRETRAIN], test: period('test', PRETRAIN.endMs, Date.UTC(2024, 6)) },
    usersPerDomain: 150,
    itemsPerDomain: 200,
    interactionsPerUser: 24,
    sharedUsers: 0,
    seed: 1,
  });
  const [log] = dataset.domains;
  if (log === undefined) throw new Error('no domain');
  data = filterLog(log, { startMs: null, minCount: 0 }).data;
}, 60_000);

function prefixOf({ levels, codes }: SemanticIds, item: number): number {
  return codes[item * levels] ?? -1;
}

describe('buildSemanticIds', () => {
  test.each(['tfidf', 'co-occurrence', 'both'] as const)('gives unique ids from %s', (features) => {
    const ids = buildSemanticIds(data, { ...OPTIONS, features });
    expect(ids).toMatchObject({ levels: 3, codesPerLevel: 32, collisions: 0 });
    expect(ids.codes).toHaveLength(3 * data.itemIds.length);
    expect(Math.max(...ids.codes)).toBeLessThan(32);
    expect(buildSemanticIds(data, { ...OPTIONS, features })).toEqual(ids);
  });

  test('items of one category share first codes far more often than others', () => {
    const ids = buildSemanticIds(data, { ...OPTIONS, features: 'tfidf' });
    const noun = (item: number) => data.titles?.[item]?.split(' ').at(-2) ?? '';
    const share = (sameNoun: boolean) => {
      let [same, all] = [0, 0];
      for (let a = 0; a < data.itemIds.length; a++) {
        for (let b = 0; b < a; b++) {
          if ((noun(a) === noun(b)) !== sameNoun) continue;
          all++;
          if (prefixOf(ids, a) === prefixOf(ids, b)) same++;
        }
      }
      return same / all;
    };
    expect(share(true)).toBeGreaterThan(4 * share(false));
  });

  test('works without titles from co-occurrence only', () => {
    const untitled = { ...data, titles: null };
    expect(buildSemanticIds(untitled, { ...OPTIONS, features: 'co-occurrence' }).collisions).toBe(
      0,
    );
    for (const features of ['tfidf', 'both'] as const) {
      expect(() => buildSemanticIds(untitled, { ...OPTIONS, features })).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      );
    }
  });

  test('spreads items that nothing is known about', () => {
    const blank = { ...data, titles: data.titles?.map((_, item) => `only${item}`) ?? null };
    const ids = buildSemanticIds(blank, { ...OPTIONS, features: 'tfidf' });
    expect(ids.collisions).toBe(0);
    const sizes = new Map<number, number>();
    blank.itemIds.forEach((_, item) => {
      sizes.set(prefixOf(ids, item), (sizes.get(prefixOf(ids, item)) ?? 0) + 1);
    });
    expect(sizes.size).toBe(32);
    expect(Math.max(...sizes.values())).toBeLessThan(40);
  });
});

describe.skipIf(!hasAmazonData)('amazon-2018-two-domains in ../shared/data', () => {
  test('3.5k real items get unique ids of 4 levels with 256 codes', { timeout: 60_000 }, () => {
    const log = readAmazonLog('Industrial_and_Scientific');
    const real = filterLog(log, { startMs: null, minCount: 0 }).data;
    const beforeMs = AMAZON_SCHEDULE.stages[0]?.endMs ?? NaN;
    const ids = buildSemanticIds(real, {
      levels: 4,
      codesPerLevel: 256,
      features: 'tfidf',
      dimensions: 64,
      beforeMs,
      seed: 1,
    });
    expect(ids.collisions).toBe(0);
    expect(ids.codes).toHaveLength(4 * 3541);
    expect(ids.repaired).toBeLessThan(500);
  });
});

test('60 items of one title among 260: all can be recommended, and it is said who moved', () => {
  const words = ['lamp', 'desk', 'pen', 'rug', 'cup', 'mat', 'fan', 'box'];
  const titles = Array.from({ length: 260 }, (_, item) =>
    item < 60
      ? 'Gift Card'
      : `${words[item % 8] ?? ''} ${words[(item >> 3) % 8] ?? ''} ${String(item)}`,
  );
  const gifts: DomainData = {
    domain: 'Gifts',
    itemIds: titles.map((_, item) => `i${String(item)}`),
    titles,
    userIds: [],
    timelines: [],
  };
  const options = { ...OPTIONS, levels: 2, codesPerLevel: 20, features: 'tfidf' } as const;
  const ids = buildSemanticIds(gifts, options);
  expect(ids.collisions).toBe(0);
  expect(unreachableItems(ids).size).toBe(0);
  expect(ids.moved?.[0]).toBeGreaterThanOrEqual(40);
  expect(reachabilityNotes('Gifts', ids)[0]).toContain('moved to the nearest free prefix');
});
