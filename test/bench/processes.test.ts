import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../bench/processes/summary.ts';

describe('the times of many processes', () => {
  it('are compared with one process of the same round: a busy round slows both', () => {
    const rounds = [
      [20, 10, 8],
      [90, 60, 30],
      [21, 14, 7],
    ].map(([one = 0, two = 0, four = 0]) => {
      return new Map([
        [1, one],
        [2, two],
        [4, four],
      ]);
    });
    expect(summaryOf(rounds)).toEqual([
      { processes: 1, seconds: [20, 90, 21], medianSeconds: 21, timesOne: 1 },
      { processes: 2, seconds: [10, 60, 14], medianSeconds: 14, timesOne: 1.5 },
      { processes: 4, seconds: [8, 30, 7], medianSeconds: 8, timesOne: 3 },
    ]);
  });
});
