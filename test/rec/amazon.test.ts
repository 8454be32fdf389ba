import { describe, expect, test } from 'vitest';
import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
} from '../../src/rec/evaluation/baselines.ts';
import { filterLog } from '../../src/rec/data/filter.ts';
import { rowLeakage, sampleLeakage, testTargetLeakage } from '../../src/rec/rows/leakage.ts';
import { rankingMetrics } from '../../src/rec/evaluation/metrics.ts';
import { testSamples, trainingSamples } from '../../src/rec/data/split.ts';
import { contextStatistics } from '../../src/rec/data/statistics.ts';
import { trainingRows } from '../../src/rec/rows/training-rows.ts';
import type { Period, RankedList } from '../../src/rec/data/types.ts';
import { AMAZON_DOMAINS, AMAZON_SCHEDULE, hasAmazonData, readAmazonLog } from './amazon-data.ts';

/** Reference values and table of the data's README; errors of R@10 are about 0.65. */
const REFERENCE = {
  Office_Products: {
    users: 3231,
    items: 3317,
    periods: [12715, 2367, 2499, 4866],
    testUsers: 2024,
    popular: { recall: 1.3, ndcg: 0.7 },
    coOccurrence: { recall: 11.3, ndcg: 8.5 },
  },
  Industrial_and_Scientific: {
    users: 3285,
    items: 3541,
    periods: [13678, 2257, 2275, 4533],
    testUsers: 1987,
    popular: { recall: 3.8, ndcg: 2.0 },
    coOccurrence: { recall: 8.4, ndcg: 6.3 },
  },
} as const;
/** Real data on a busy machine. */
const LONG = { timeout: 60_000 };
const SPLIT = { history: 30, minEarlier: 4 };
const optionsOf = (stage: Period) => ({
  ...SPLIT,
  maxTargets: stage.name === 'pretrain' ? 5 : null,
  seed: 0,
});

function at10(lists: readonly RankedList[]) {
  const [recall, ndcg] = rankingMetrics(lists, [10]);
  return { recall: recall?.value ?? NaN, ndcg: ndcg?.value ?? NaN };
}

describe.skipIf(!hasAmazonData)('amazon-2018-two-domains in ../shared/data', LONG, () => {
  describe.each(AMAZON_DOMAINS)('%s', (domain) => {
    const reference = REFERENCE[domain];
    const load = () => filterLog(readAmazonLog(domain), { startMs: null, minCount: 0 }).data;

    test('has the sizes of the README and no leak', () => {
      const data = load();
      const { stages, test: window } = AMAZON_SCHEDULE;
      const statistics = contextStatistics(data, AMAZON_SCHEDULE, optionsOf, SPLIT);
      expect(statistics.users).toBe(reference.users);
      expect(statistics.items).toBe(reference.items);
      expect(statistics.periods.map(({ interactions }) => interactions)).toEqual(reference.periods);
      expect(statistics.periods.at(-1)?.samples).toBe(reference.testUsers);
      const tests = testSamples(data, window, SPLIT);
      expect(tests).toHaveLength(reference.testUsers);
      expect(sampleLeakage(data, window, tests).count).toBe(0);
      for (const stage of stages) {
        for (const score of ['targets', 'all'] as const) {
          const rows = trainingRows(data, stage, { ...optionsOf(stage), score });
          expect(rowLeakage(data, stage, rows)).toMatchObject({ count: 0, checked: rows.length });
          expect(testTargetLeakage(data, window, tests, rows).count).toBe(0);
        }
        const samples = trainingSamples(data, stage, optionsOf(stage));
        expect(sampleLeakage(data, stage, samples).count).toBe(0);
      }
    });

    test('baselines meet the reference within its error', () => {
      const data = load();
      const samples = testSamples(data, AMAZON_SCHEDULE.test, SPLIT);
      const input = { data, samples, trainEndMs: AMAZON_SCHEDULE.test.startMs };
      const popular = at10(mostPopular(input));
      // Nothing is random here: only the reference's rounding to one digit separates the two.
      expect(Math.abs(popular.recall - reference.popular.recall)).toBeLessThan(0.051);
      expect(Math.abs(popular.ndcg - reference.popular.ndcg)).toBeLessThan(0.051);
      const found = at10(coOccurrenceBaseline(input));
      expect(Math.abs(found.recall - reference.coOccurrence.recall)).toBeLessThan(0.65);
      expect(Math.abs(found.ndcg - reference.coOccurrence.ndcg)).toBeLessThan(0.5);
      const phase2 = AMAZON_SCHEDULE.stages[2];
      if (phase2 === undefined) throw new Error('no phase2');
      const recent = mostPopularOfPeriod(input, phase2);
      expect(recent[0]?.items).not.toEqual(mostPopular(input)[0]?.items);
    });
  });
});
