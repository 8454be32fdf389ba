import { describe, expect, it } from 'vitest';
import { probeAnswer, probeChange } from '../../../src/rec/evaluation/probe-numbers.ts';

describe('what a probe says', () => {
  it('is the mean over users with its standard error, and how many were hit', () => {
    const answer = probeAnswer([1, 2, 3, 6], [true, false, false, true]);
    expect(answer).toMatchObject({ loss: 3, recall1: 50, hits: 2, users: 4 });
    // Squares about the mean: 4 + 1 + 0 + 9 = 14; 14 / 3 / 4.
    expect(answer.lossError).toBeCloseTo(Math.sqrt(14 / 12), 12);
    expect(answer.standardError).toBeCloseTo(100 * Math.sqrt(0.25 / 3), 12);
  });

  it('compares user by user: what moves all of them alike is no noise', () => {
    const parent = probeAnswer([1, 5, 9], [true, true, false]);
    const change = probeChange(probeAnswer([1.5, 5.5, 9.5], [true, false, false]), parent);
    expect(change.loss).toBeCloseTo(0.5, 12);
    expect(change.lossError).toBeCloseTo(0, 12);
    expect(change.recall1).toBeCloseTo(-100 / 3, 12);
    expect(change.recall1Error).toBeCloseTo(100 / 3, 12);
    const other = probeAnswer(null, [true, false, false]);
    expect(probeChange(other, parent)).toMatchObject({ loss: null, lossError: null });
  });

  it('refuses what is no number, nobody, and other users', () => {
    expect(() => probeAnswer([NaN, 1], [true, false])).toThrow(/no numbers/);
    expect(() => probeAnswer([], [])).toThrow(/needs users/);
    expect(() => probeChange(probeAnswer(null, [true]), probeAnswer(null, [true, false]))).toThrow(
      /other users/,
    );
  });
});
