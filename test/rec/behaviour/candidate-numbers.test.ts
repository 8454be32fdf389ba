import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { NUMBERS } from '../../../src/rec/behaviour/behaviour-types.ts';
import type { ClickSample } from '../../../src/rec/behaviour/behaviour-types.ts';
import {
  itemTimes,
  numberScales,
  rawNumber,
  scaleNumbers,
} from '../../../src/rec/behaviour/candidate-numbers.ts';
import { period, tinyData } from '../tiny-data.ts';
import { domainOf, impressionsOf, optionsOf, tinyImpressions } from './tiny-behaviour.ts';

const DAY = 86_400_000;

function randomTimelines(): [number, number][][] {
  const stream = new RandomStream(11, 'test/numbers');
  return Array.from({ length: 40 }, () => {
    const times = Array.from({ length: 12 }, () => stream.nextInt(200) * DAY);
    return times
      .sort((a, b) => a - b)
      .map((timeMs): [number, number] => [stream.nextInt(9), timeMs]);
  });
}

const OPTIONS = optionsOf({
  samples: 'all',
  stages: [
    period('a', 0, 30 * DAY),
    period('b', 30 * DAY, 80 * DAY),
    period('c', 80 * DAY, 100 * DAY),
  ],
  test: period('test', 100 * DAY, 200 * DAY),
  numbers: NUMBERS,
});

test('raw numbers of a candidate by hand', () => {
  const times = itemTimes(3, { items: [0, 1, 0, 0], timesMs: [5 * DAY, 2 * DAY, DAY, 5 * DAY] });
  const at = (item: number, days: number) =>
    NUMBERS.map((name) => rawNumber(name, times, { item, timeMs: days * DAY, earlier: 7 }));
  expect(at(0, 5)).toEqual([Math.log1p(1), Math.log1p(4), Math.log1p(7)]);
  expect(at(0, 6)).toEqual([Math.log1p(3), Math.log1p(5), Math.log1p(7)]);
  // Not seen before its own moment, and never seen at all.
  expect(at(0, 1)).toEqual([0, 0, Math.log1p(7)]);
  expect(at(2, 9)).toEqual([0, 0, Math.log1p(7)]);
});

test('standardised, clamped to 3, and 0 where a number never varies', () => {
  const rows = [
    [0, 0.1],
    [2, 0.1],
    [4, 0.1],
  ];
  const scales = numberScales(rows, 2);
  expect(scales[0]?.mean).toBe(2);
  expect(scales[0]?.deviation).toBeCloseTo(Math.sqrt(8 / 3), 12);
  expect(scaleNumbers([2, 0.1], scales)).toEqual([0, 0]);
  expect(scaleNumbers([4, 0.3], scales)[0]).toBeCloseTo(2 / Math.sqrt(8 / 3), 12);
  expect(scaleNumbers([100, 0.1], scales)).toEqual([3, 0]);
  expect(scaleNumbers([-100, 0.1], scales)).toEqual([-3, 0]);
});

describe('numbers of samples', () => {
  const timelines = randomTimelines();
  const { train, test: tested } = domainOf(tinyData(timelines), OPTIONS);

  test('agree with counting, on the scale of the first training window', () => {
    const rows = timelines.flat();
    const raw = ({ candidate, timeMs, user }: ClickSample, position: number) => {
      const own = rows.filter(([item, time]) => item + 1 === candidate && time < timeMs);
      const first = Math.min(...own.map(([, time]) => time), timeMs);
      expect(timelines[user]?.[position]?.[1]).toBe(timeMs);
      return [own.length, (timeMs - first) / DAY, position].map((x) => Math.log1p(x));
    };
    const rawOf = (samples: readonly ClickSample[]) =>
      samples.map((sample) => raw(sample, sample.history.length));
    const reference = rawOf(train.get('b') ?? []);
    expect(reference.length).toBeGreaterThan(50);
    for (const samples of [...train.values(), tested]) {
      rawOf(samples).forEach((values, index) => {
        values.forEach((value, column) => {
          const all = reference.map((row) => row[column] ?? NaN);
          const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
          const variance = all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length;
          const scaled = (value - mean) / Math.sqrt(variance);
          const expected = Math.max(-3, Math.min(3, scaled));
          expect(samples[index]?.numbers[column]).toBeCloseTo(expected, 9);
        });
      });
    }
  });

  test('do not change when later rows are appended', () => {
    const fromMs = 150 * DAY;
    const later = timelines.map((pairs, user): [number, number][] => [
      ...pairs.filter(([, timeMs]) => timeMs < fromMs),
      [user % 9, fromMs],
      [0, fromMs + DAY],
    ]);
    const other = domainOf(tinyData(later), OPTIONS);
    const before = (samples: readonly ClickSample[]) =>
      samples.filter(({ timeMs }) => timeMs < fromMs);
    expect(other.train).toEqual(train);
    expect(before(other.test)).toEqual(before(tested));
    expect(before(tested).length).toBeGreaterThan(100);
    expect(other.test).not.toEqual(tested);
  });
});

test('in impressions popularity counts clicks, age what was shown or read', () => {
  const shown = [
    [3, 0],
    [0, 1],
  ] as const;
  const log = tinyImpressions([
    [0, 0, [0, 1, 2], [[4, 0]]],
    [0, 3 * DAY, [0, 1, 2], shown],
    [1, 7 * DAY, [0, 1, 2], shown],
    [1, 101 * DAY, [1, 1, 2, 0], shown],
  ]);
  const options = optionsOf({
    samples: 'impressions',
    stages: [period('train', DAY, 100 * DAY)],
    test: period('test', 100 * DAY, 200 * DAY),
    numbers: ['popularity', 'itemAge'],
  });
  const [first, second, third, fourth] = impressionsOf(log, options).train.get('train') ?? [];
  // Popularity 0, 0, 0, ln 2; ages ln 1, ln 4 (read on day 0), ln 5 (shown on day 3), ln 8.
  const scaled = (values: readonly number[]) => {
    const scales = numberScales(
      values.map((value) => [value]),
      1,
    );
    return values.map((value) => scaleNumbers([value], scales)[0] ?? NaN);
  };
  const popularity = scaled([0, 0, 0, Math.LN2]);
  const age = scaled([0, Math.log(4), Math.log(5), Math.log(8)]);
  [first, second, third, fourth].forEach((sample, index) => {
    expect(sample?.numbers[0]).toBeCloseTo(popularity[index] ?? NaN, 12);
    expect(sample?.numbers[1]).toBeCloseTo(age[index] ?? NaN, 12);
  });
});
