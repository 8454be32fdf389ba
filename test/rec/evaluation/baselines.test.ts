import { describe, expect, test } from 'vitest';
import {
  coOccurrenceBaseline,
  mostPopular,
  mostPopularOfPeriod,
} from '../../../src/rec/evaluation/baselines.ts';
import { countCoOccurrence } from '../../../src/rec/data/co-occurrence.ts';
import type { Sample } from '../../../src/rec/data/types.ts';
import { period, tinyData } from '../tiny-data.ts';

const DATA = tinyData([
  [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 100],
  ],
  [
    [0, 1],
    [1, 2],
    [4, 60],
    [4, 100],
  ],
  [
    [0, 5],
    [2, 55],
    [4, 58],
    [3, 100],
  ],
]);
const sample = (history: readonly number[]): Sample => ({
  user: 9,
  target: 3,
  timeMs: 100,
  history,
});
const INPUT = { data: DATA, samples: [sample([0, 1])], trainEndMs: 100 };

describe('popularity', () => {
  test('counts before the end of training, equal counts by index', () => {
    // item 0: 3, items 1, 2, 4: 2 (the 4 at time 100 is too late), item 3: 0.
    expect(mostPopular(INPUT)).toEqual([{ user: 9, target: 3, items: [0, 1, 2, 4, 3] }]);
  });

  test('of a period counts only that period, equal counts by overall popularity', () => {
    expect(mostPopularOfPeriod(INPUT, period('p', 50, 100))[0]?.items).toEqual([4, 2, 0, 1, 3]);
  });
});

test('lists are as long as asked for, 20 by default', () => {
  const data = tinyData([Array.from({ length: 40 }, (_, item) => [item, 1] as const)]);
  const input = { data, samples: [sample([0])], trainEndMs: 100 };
  const baselines = [
    mostPopular,
    coOccurrenceBaseline,
    (given: typeof input) => mostPopularOfPeriod(given, period('p', 0, 100)),
  ];
  for (const baseline of baselines) {
    const short = baseline(input)[0]?.items;
    const long = baseline({ ...input, length: 30 })[0]?.items;
    expect([short?.length, long?.length]).toEqual([20, 30]);
    expect(long?.slice(0, 20)).toEqual(short);
  }
});

describe('countCoOccurrence', () => {
  test('weights pairs by 1 / distance, forward and backward apart', () => {
    const options = { beforeMs: 100, window: 5, backward: 0.5 };
    const counts = countCoOccurrence(DATA, options);
    // 0 -> 1 twice at distance 1; 0 -> 2 at distances 2 and 1; 0 -> 4 at 2 and 2.
    expect(Object.fromEntries(counts[0] ?? [])).toEqual({ 1: 2, 2: 1.5, 4: 1 });
    // 1 -> 2, 1 -> 4 at distance 1, back to 0 twice with half the weight.
    expect(Object.fromEntries(counts[1] ?? [])).toEqual({ 0: 1, 2: 1, 4: 1 });
    expect(counts[3]?.size).toBe(0);
    const near = countCoOccurrence(DATA, { ...options, window: 1, backward: 0 });
    expect(Object.fromEntries(near[0] ?? [])).toEqual({ 1: 2, 2: 1 });
  });
});

describe('coOccurrenceBaseline', () => {
  test('scores by the documented formula and fills up by popularity', () => {
    // History 0, 1 (newest). popularity 0: 3, 1: 2, 2: 2, 4: 2.
    // 0: 1 / 3^.25 = .76; 1: .5 * 2 / 2^.25 = .84; 2: (1 + .5 * 1.5) / 2^.25 = 1.47;
    // 4: (1 + .5 * 1) / 2^.25 = 1.26. Item 3 comes from the popularity list.
    expect(coOccurrenceBaseline(INPUT)[0]?.items).toEqual([2, 4, 1, 0, 3]);
  });

  test('weighs the newest item most', () => {
    // Item 3 has no pairs: it only puts distance between the other two.
    const first = (history: number[]) =>
      coOccurrenceBaseline({ ...INPUT, samples: [sample(history)] })[0]?.items[0];
    expect(first([2, 3, 3, 0])).toBe(1);
    expect(first([0, 3, 3, 2])).toBe(4);
  });

  test('does not look at interactions after the end of training', () => {
    const later = coOccurrenceBaseline({ ...INPUT, trainEndMs: 101, samples: [sample([4])] });
    const before = coOccurrenceBaseline({ ...INPUT, samples: [sample([4])] });
    expect(later[0]?.items.indexOf(3)).toBeLessThan(before[0]?.items.indexOf(3) ?? -1);
  });
});
