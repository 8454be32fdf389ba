import { expect, test } from 'vitest';
import { cumulativeShares } from '../../../src/rec/data/cumulative-share.ts';
import { tinyData } from '../tiny-data.ts';

const at = (day: string) => Date.parse(day);

test('interactions add up by month in UTC, months without any included', () => {
  const data = tinyData([
    [
      [0, at('2022-11-30T23:59:59Z')],
      [1, at('2022-12-01T00:00:00Z')],
      [2, at('2023-02-28')],
    ],
    [[1, at('2022-12-31T23:59:59Z')]],
  ]);
  expect(cumulativeShares(data)).toEqual([
    { month: '2022-11', share: 0.25 },
    { month: '2022-12', share: 0.75 },
    { month: '2023-01', share: 0.75 },
    { month: '2023-02', share: 1 },
  ]);
});

test('nothing adds up to nothing', () => {
  expect(cumulativeShares({ timelines: [] })).toEqual([]);
});
