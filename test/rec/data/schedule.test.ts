import { describe, expect, test } from 'vitest';
import { checkSchedule, isWithin } from '../../../src/rec/data/schedule.ts';
import type { Schedule } from '../../../src/rec/data/types.ts';
import { period } from '../tiny-data.ts';

const DAY = 86_400_000;
const GOOD: Schedule = {
  stages: [period('pretrain', 0, 10 * DAY), period('phase1', 10 * DAY, 20 * DAY)],
  test: period('test', 25 * DAY, 30 * DAY),
};

describe('checkSchedule', () => {
  test('accepts touching periods and gaps', () => {
    expect(() => {
      checkSchedule(GOOD);
    }).not.toThrow();
  });

  const cases: [string, Schedule, string[]][] = [
    ['no stage', { ...GOOD, stages: [] }, ['stages']],
    ['overlap', { ...GOOD, stages: [period('a', 0, 11), period('b', 10, 20)] }, ['stages[1]']],
    ['wrong order', { ...GOOD, stages: [period('a', 50, 60), period('b', 0, 9)] }, ['stages[1]']],
    ['empty period', { ...GOOD, stages: [period('a', 5, 5)] }, ['stages[0]']],
    ['not a date', { ...GOOD, test: period('test', NaN, 9) }, ['test']],
    ['no end', { ...GOOD, test: period('test', 25 * DAY, Infinity) }, ['test']],
    ['one name twice', { ...GOOD, test: period('phase1', 25 * DAY, 30 * DAY) }, ['test']],
    ['test inside', { ...GOOD, test: period('test', 15 * DAY, 30 * DAY) }, ['test']],
    [
      'several at once',
      { stages: [period('a', 9, 3), period('a', NaN, 1)], test: period('t', 2, 30) },
      ['stages[0]', 'stages[1]'],
    ],
  ];
  test.each(cases)('lists the place of the fault: %s', (_, schedule, places) => {
    let faults: { place: string }[] = [];
    try {
      checkSchedule(schedule);
    } catch (error) {
      faults = (error as { faults: { place: string }[] }).faults;
    }
    expect(faults.map(({ place }) => place)).toEqual(places);
  });
});

test('periods are half-open', () => {
  const stage = period('p', 10, 20);
  expect([9, 10, 19, 20].map((timeMs) => isWithin(stage, timeMs))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
