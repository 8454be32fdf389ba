import { expect, test } from 'vitest';
import { contextStatistics } from '../../../src/rec/data/statistics.ts';
import { period, tinyData } from '../tiny-data.ts';

test('contextStatistics counts every period by hand', () => {
  const data = tinyData([
    [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 4],
      [3, 11],
      [0, 12],
      [4, 21],
    ],
    [
      [1, 5],
      [3, 22],
    ],
  ]);
  const schedule = {
    stages: [period('pretrain', 0, 10), period('phase1', 10, 20)],
    test: period('test', 20, 30),
  };
  const options = { history: 30, minEarlier: 4, maxTargets: null, seed: 0 };
  expect(contextStatistics(data, schedule, () => options, options)).toEqual({
    domain: 'Tiny',
    users: 2,
    items: 5,
    interactions: 9,
    periods: [
      { name: 'pretrain', interactions: 5, users: 2, items: 3, samples: 0, newItemShare: 1 },
      { name: 'phase1', interactions: 2, users: 1, items: 2, samples: 2, newItemShare: 0.5 },
      { name: 'test', interactions: 2, users: 2, items: 2, samples: 1, newItemShare: 0.5 },
    ],
    cumulative: [{ month: '1970-01', share: 1 }],
  });
});

test('an empty period has zeros, not NaN', () => {
  const data = tinyData([[[0, 1]]]);
  const schedule = { stages: [period('pretrain', 0, 10)], test: period('test', 20, 30) };
  const options = { history: 30, minEarlier: 4, maxTargets: 5, seed: 0 };
  const { periods } = contextStatistics(data, schedule, () => options, options);
  expect(periods[1]).toEqual({
    name: 'test',
    interactions: 0,
    users: 0,
    items: 0,
    samples: 0,
    newItemShare: 0,
  });
});
