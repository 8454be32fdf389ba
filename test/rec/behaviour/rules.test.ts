import { describe, expect, test } from 'vitest';
import { period, tinyData } from '../tiny-data.ts';
import { domainOf, impressionsOf, optionsOf, textOf, tinyImpressions } from './tiny-behaviour.ts';

describe('samples: all', () => {
  const data = tinyData([
    [
      [0, 10],
      [1, 20],
      [0, 40],
      [1, 60],
      [0, 110],
    ],
    [
      [1, 45],
      [0, 70],
      [1, 80],
    ],
    [
      [1, 10],
      [0, 20],
    ],
  ]);
  const options = optionsOf({
    samples: 'all',
    stages: [period('pretrain', 0, 30), period('phase', 40, 100)],
  });

  test('every interaction with enough earlier ones; the first stage is pretrained on', () => {
    const { train, test: tested, sequences, report } = domainOf(data, options);
    expect([...train.keys()]).toEqual(['phase']);
    expect(train.get('phase')?.map(textOf)).toEqual([
      'u0 t40: 1 2 > 1 +',
      'u0 t40: 1 2 > 2 -',
      'u0 t60: 1 2 1 > 2 +',
      'u0 t60: 1 2 1 > 1 -',
      'u1 t80: 2 1 > 2 +',
      'u1 t80: 2 1 > 1 -',
    ]);
    expect(tested.map(textOf)).toEqual(['u0 t110: 1 2 1 2 > 1 +', 'u0 t110: 1 2 1 2 > 2 -']);
    // User 1 has nothing before 40; user 2 too little at all.
    expect(sequences).toEqual([[1, 2]]);
    expect(report).toMatchObject({ shortUsers: 1, sequences: 1, pretrainTargets: 1 });
    expect(report.windows.map(({ name, samples, users }) => [name, samples, users])).toEqual([
      ['phase', 6, 2],
      ['test', 2, 1],
    ]);
  });

  test('interactions between the windows are history and pretraining, never samples', () => {
    const stages = [period('pretrain', 0, 15), period('phase', 40, 50)];
    const { train, test: tested, sequences } = domainOf(data, { ...options, stages });
    expect(train.get('phase')?.map(textOf)).toEqual(['u0 t40: 1 2 > 1 +', 'u0 t40: 1 2 > 2 -']);
    expect(tested[0]?.history).toEqual([1, 2, 1, 2]);
    expect(sequences).toEqual([[1, 2]]);
  });
});

describe('samples: impressions', () => {
  const log = tinyImpressions([
    [0, 10, [0, 1, 2], [[3, 1]]],
    [1, 15, [4], [[0, 1]]],
    [
      0,
      20,
      [0, 1, 2, 3],
      [
        [5, 0],
        [1, 0],
      ],
    ],
    [
      2,
      120,
      [0, 4, 5],
      [
        [5, 0],
        [6, 1],
        [6, 0],
      ],
    ],
    [2, 130, [0, 4, 5, 6], [[1, 0]]],
    [0, 210, [1, 2, 3], [[6, 1]]],
  ]);
  const options = optionsOf({ samples: 'impressions', history: 3 });

  test('all candidates of a list, in its order; pretraining on earliest histories', () => {
    const { train, test: tested, sequences, report } = impressionsOf(log, options);
    expect(train.get('train')?.map(textOf)).toEqual([
      'u0 t10: 1 2 3 > 4 +',
      'u0 t20: 2 3 4 > 6 -',
      'u0 t20: 2 3 4 > 2 -',
    ]);
    expect(tested.map(textOf)).toEqual([
      'u2 t120: 1 5 6 > 6 -',
      'u2 t120: 1 5 6 > 7 +',
      'u2 t120: 1 5 6 > 7 -',
      'u2 t130: 5 6 7 > 2 -',
    ]);
    expect(tested[0]?.history).toBe(tested[2]?.history);
    expect(sequences).toEqual([
      [1, 2, 3],
      [1, 5, 6],
    ]);
    expect(report).toMatchObject({
      users: 3,
      items: 7,
      shortUsers: 1,
      sequences: 2,
      pretrainTargets: 4,
      negatives: 'Negatives are candidates that were shown and not clicked.',
    });
    // Item 3 (row 4) of the first list, item 6 twice in the test.
    expect(report.windows.map(({ unseenCandidates }) => unseenCandidates)).toEqual([1, 2]);
  });

  test('trainShare divides by the times of the lists', () => {
    const share = { ...options, trainShare: 0.5 };
    const { report, train, test: tested } = impressionsOf(log, share);
    // Lists with history enough lie at 10, 20, 120 and 130: rank floor(3 / 2) is 20.
    expect(report.windows.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 120],
      [120, 200],
    ]);
    expect(train.get('train')).toHaveLength(3);
    expect(tested).toHaveLength(4);
  });
});
