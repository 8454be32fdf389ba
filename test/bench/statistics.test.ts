import { describe, expect, it } from 'vitest';
import type { Timing } from '../../bench/result.ts';
import { answerFault, summarise, timesFaster } from '../../bench/statistics.ts';

const timed = (unit: string, median: number) => {
  const timing: Timing = { median, min: median, max: median, spread: 0, rounds: [], repeats: 1 };
  return { unit, timing };
};

describe('summarise', () => {
  it('gives the median and the middle half relative to it', () => {
    expect(summarise([5, 1, 3, 2, 4])).toEqual({ median: 3, min: 1, max: 5, spread: 2 / 3 });
    expect(summarise([10, 20]).median).toBe(15);
  });
});

describe('timesFaster', () => {
  it('is the ratio of rates, and of times the other way round', () => {
    expect(timesFaster(timed('tokens/s', 300), timed('tokens/s', 100))).toBe(3);
    expect(timesFaster(timed('ms', 10), timed('ms', 25))).toBe(2.5);
  });

  it('compares nothing that was not timed or has another unit', () => {
    expect(timesFaster(timed('ms', 10), { unit: 'ms', timing: null })).toBeNull();
    expect(timesFaster(timed('ms', 10), timed('tokens/s', 25))).toBeNull();
  });
});

describe('answerFault', () => {
  it('allows a thousandth', () => {
    expect(answerFault([6.94, 6.85], [6.946, 6.844])).toBe('');
    expect(answerFault([6.94, 6.85], [6.94, 6.86])).toContain('not the same work');
  });

  it('accepts neither NaN, nor a missing, nor an additional answer', () => {
    expect(answerFault([1], [Number.NaN])).not.toBe('');
    expect(answerFault([Number.NaN], [1])).not.toBe('');
    expect(answerFault([1, 2], [1])).not.toBe('');
    expect(answerFault([1], [1, 2])).not.toBe('');
  });
});
