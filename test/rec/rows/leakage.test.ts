import { describe, expect, test } from 'vitest';
import {
  combineLeakage,
  rowLeakage,
  sampleLeakage,
  testTargetLeakage,
} from '../../../src/rec/rows/leakage.ts';
import { testSamples, trainingSamples } from '../../../src/rec/data/split.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import { countingUser, period, tinyData } from '../tiny-data.ts';

const DATA = tinyData([countingUser(40), countingUser(20)]);
const STAGE = period('phase1', 10, 15);
const OPTIONS = { history: 30, minEarlier: 4, maxTargets: null, seed: 0 };

describe('rowLeakage', () => {
  test.each(['targets', 'all'] as const)('finds none in rows as built (%s)', (score) => {
    const rows = trainingRows(DATA, STAGE, { ...OPTIONS, score });
    expect(rows.length).toBeGreaterThan(0);
    expect(rowLeakage(DATA, STAGE, rows)).toEqual({ count: 0, checked: rows.length, faults: [] });
  });

  const cases = [
    ['an item at the stage end', { start: 12, items: [12, 13, 14, 15] }, 'after the stage'],
    ['a scored item before the stage', { start: 8, items: [8, 9], at: 1 }, 'before the stage'],
    ['items that are not the own ones', { start: 8, items: [8, 11] }, 'not in the timeline'],
    ['a wrong position', { start: 9, items: [8, 9] }, 'not in the timeline'],
    ['an unknown user', { start: 0, items: [0], user: 7 }, 'does not exist'],
  ] as const;
  test.each(cases)('finds %s', (_, planted, message) => {
    const { user, at, start, items } = { user: 0, at: -1, ...planted };
    const row = { user, start, items, scored: items.map((_item, index) => index === at) };
    const good = trainingRows(DATA, STAGE, { ...OPTIONS, score: 'targets' });
    const found = rowLeakage(DATA, STAGE, [...good, row]);
    expect(found.count).toBe(1);
    expect(found.faults[0]?.place).toBe(`Tiny/phase1: row ${good.length}`);
    expect(found.faults[0]?.message).toContain(message);
  });
});

describe('sampleLeakage', () => {
  const samples = trainingSamples(DATA, STAGE, OPTIONS);
  const [first] = samples;

  test('finds none in samples as cut', () => {
    expect(samples.length).toBeGreaterThan(0);
    expect(sampleLeakage(DATA, STAGE, samples).count).toBe(0);
  });

  test('finds targets outside the period and histories with later items', () => {
    if (first === undefined) throw new Error('no sample');
    const planted = [
      { ...first, timeMs: 15 },
      { ...first, timeMs: 9 },
      { ...first, timeMs: NaN },
      { ...first, history: [...first.history, first.target] },
      { ...first, history: first.history.map((item) => item + 1) },
    ];
    expect(sampleLeakage(DATA, STAGE, planted).count).toBe(5);
  });

  test('an earlier item of the same time is legitimate', () => {
    const sameDay = tinyData([[0, 1, 2, 3, 4, 5].map((item) => [item, 12] as const)]);
    const cut = trainingSamples(sameDay, STAGE, OPTIONS);
    expect(cut).toHaveLength(2);
    expect(sampleLeakage(sameDay, STAGE, cut).count).toBe(0);
  });
});

describe('testTargetLeakage', () => {
  const window = period('test', 15, 20);
  const tests = testSamples(DATA, window, OPTIONS);

  test('finds none in the rows of earlier stages', () => {
    const rows = trainingRows(DATA, STAGE, { ...OPTIONS, score: 'all' });
    expect(testTargetLeakage(DATA, window, tests, rows)).toMatchObject({ count: 0 });
  });

  test('finds the target itself, but not another interaction with its item', () => {
    const row = { user: 0, start: 18, items: [18, 19], scored: [false, true] };
    expect(testTargetLeakage(DATA, window, tests, [row]).count).toBe(1);
    expect(testTargetLeakage(DATA, window, tests, [{ ...row, start: 17 }]).count).toBe(0);
  });

  test('reports add up', () => {
    const fault = { place: 'a', message: 'b' };
    const one = { count: 1, checked: 5, faults: [fault] };
    expect(combineLeakage([one, one, { count: 0, checked: 2, faults: [] }])).toEqual({
      count: 2,
      checked: 12,
      faults: [fault, fault],
    });
  });
});
