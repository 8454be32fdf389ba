import { expect, test } from 'vitest';
import {
  cumulativeShares,
  monthName,
  sharePoints,
} from '../../../src/rec/data/cumulative-share.ts';
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

test('a curve goes from 0 where the first month begins to 1 where the last one ends', () => {
  const months = [
    { month: '2022-12', share: 0.25 },
    { month: '2023-01', share: 1 },
  ];
  const points = sharePoints(months);
  expect(points.map(({ share }) => share)).toEqual([0, 0.25, 1]);
  expect(points.map(({ month }) => monthName(month))).toEqual(['2022-12', '2023-01', '2023-02']);
  expect(points[0]?.month).toBe(12 * 2022 + 11);
  expect(sharePoints([])).toEqual([]);
});
