import { describe, expect, test } from 'vitest';
import { trainingSamples } from '../../../src/rec/data/split.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import type { TrainingRow } from '../../../src/rec/rows/training-rows.ts';
import { countingUser, period, tinyData } from '../tiny-data.ts';

const TARGETS = {
  history: 30,
  minEarlier: 4,
  maxTargets: null,
  seed: 3,
  score: 'targets',
} as const;
const ALL = { ...TARGETS, score: 'all' } as const;
const EVERY = { ...TARGETS, score: 'every' } as const;

/** What a causal model sees and predicts in a row: "history -> target" of every scored item. */
function predictions(rows: readonly TrainingRow[]): string[] {
  return rows.flatMap(({ user, items, scored }) =>
    items.flatMap((item, index) =>
      scored[index] === true ? [`${user}: ${items.slice(0, index).join()} -> ${item}`] : [],
    ),
  );
}

describe('trainingRows of targets', () => {
  test.each([1, 5, 12, 31, 32, 45])('is equivalent to the samples (timeline of %d)', (length) => {
    const data = tinyData([countingUser(length), countingUser(8)]);
    for (const stage of [period('a', 0, 9), period('b', 9, 40), period('c', 0, 100)]) {
      for (const maxTargets of [null, 5]) {
        const options = { ...TARGETS, maxTargets };
        const samples = trainingSamples(data, stage, options).map(
          ({ user, history, target }) => `${user}: ${history.join()} -> ${target}`,
        );
        const rows = trainingRows(data, stage, options);
        expect(predictions(rows).sort()).toEqual(samples.sort());
      }
    }
  });

  test('puts targets with the same window start into one row', () => {
    const data = tinyData([countingUser(33)]);
    const rows = trainingRows(data, period('p', 0, 100), TARGETS);
    // Targets 4 … 30 start at item 0; 31 and 32 have windows of their own.
    expect(rows.map(({ start, items }) => [start, items.length])).toEqual([
      [0, 31],
      [1, 31],
      [2, 31],
    ]);
    expect(rows[0]?.scored.filter(Boolean)).toHaveLength(27);
  });
});

describe('trainingRows of all items', () => {
  test.each([1, 2, 31, 32, 61, 62, 100])('scores each but the first once (%d items)', (length) => {
    const data = tinyData([countingUser(length)]);
    const rows = trainingRows(data, period('p', 0, 1000), ALL);
    const scored = rows.flatMap(({ items, scored }) => items.filter((_, i) => scored[i] === true));
    expect(scored).toEqual(Array.from({ length: length - 1 }, (_, k) => k + 1));
    for (const { items, scored } of rows) {
      expect(items.length).toBeLessThanOrEqual(31);
      expect(scored[0]).toBe(false);
    }
  });

  test('cuts from the newest end', () => {
    const rows = trainingRows(tinyData([countingUser(40)]), period('p', 0, 1000), ALL);
    expect(rows.map(({ start, items }) => [start, items.length])).toEqual([
      [0, 10],
      [9, 31],
    ]);
  });

  test('scores only the stage, with earlier items as history and nothing later', () => {
    const rows = trainingRows(tinyData([countingUser(40)]), period('p', 5, 8), ALL);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.items).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rows[0]?.scored).toEqual([false, false, false, false, false, true, true, true]);
    expect(trainingRows(tinyData([countingUser(4)]), period('p', 5, 8), ALL)).toEqual([]);
  });
});

describe('trainingRows of every item', () => {
  test.each([1, 2, 31, 32, 61, 62, 100])('scores each once (%d items)', (length) => {
    const rows = trainingRows(tinyData([countingUser(length)]), period('p', 0, 1000), EVERY);
    const scored = rows.flatMap(({ items, scored }) => items.filter((_, i) => scored[i] === true));
    expect(scored).toEqual(Array.from({ length }, (_, k) => k));
    for (const { start, items, scored } of rows) {
      expect(items.length).toBeLessThanOrEqual(31);
      // Where a window begins later, its first item is the newest of the window before.
      expect(scored[0]).toBe(start === 0);
    }
  });

  test('scores only the stage, a timeline that begins in it from its first item on', () => {
    const data = tinyData([countingUser(9), countingUser(2)]);
    const rows = trainingRows(data, period('p', 5, 8), EVERY);
    expect(predictions(rows)).toEqual([
      '0: 0,1,2,3,4 -> 5',
      '0: 0,1,2,3,4,5 -> 6',
      '0: 0,1,2,3,4,5,6 -> 7',
    ]);
    const whole = trainingRows(data, period('p', 0, 2), EVERY);
    expect(predictions(whole)).toEqual(['0:  -> 0', '0: 0 -> 1', '1:  -> 0', '1: 0 -> 1']);
  });
});
