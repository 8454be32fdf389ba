import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import {
  resampleContexts,
  resampledTerms,
  weightedPoints,
} from '../../../src/lab/analysis/resampled-contexts.ts';
import {
  chosenWeight,
  crossFittedGain,
  interval95,
  resampledWeight,
} from '../../../src/lab/analysis/user-choice.ts';
import { regress } from '../../../src/lab/analysis/weight-regression.ts';

const stream = (name: string) => new RandomStream(1, name);
const all = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('the best weight of some users', () => {
  const choice = {
    weights: [-0.5, 0, 0.5],
    values: [
      [9, 0, 0],
      [1, 1, 1],
      [0, 2, 2],
    ],
  };

  it('is that of their mean, and of equal ones the nearest to 0', () => {
    expect(chosenWeight(choice, [0, 1, 2])).toEqual({ place: 0, weight: -0.5 });
    expect(chosenWeight(choice, [1, 2])).toEqual({ place: 2, weight: 0.5 });
    expect(chosenWeight({ ...choice, values: [[3], [3], [3]] }, [0])).toEqual({
      place: 1,
      weight: 0,
    });
  });

  it('counts a user as often as it is named', () => {
    expect(chosenWeight(choice, [0, 1, 1, 1, 1, 2]).weight).toBe(0.5);
  });
});

describe('draws with replacement', () => {
  it('have the distribution that can be counted', () => {
    // Of two users one prefers 1 by 3, the other 0 by 1: three of four draws choose 1.
    const choice = { weights: [0, 1], values: [all(2).map(() => 0), [3, -1]] };
    const { mean, variance, low, high, weights } = resampledWeight(choice, 10_000, stream('draws'));
    expect(weights).toHaveLength(10_000);
    // Four standard errors of 10 000 draws.
    expect(Math.abs(mean - 0.75)).toBeLessThan(0.018);
    expect(Math.abs(variance - 0.1875)).toBeLessThan(0.009);
    expect([low, high]).toEqual([0, 1]);
  });

  it('are the same for the same stream', () => {
    const choice = {
      weights: [0, 1],
      values: [
        [0, 0, 0],
        [3, -1, -1],
      ],
    };
    const drawn = () => resampledWeight(choice, 50, stream('again')).weights;
    expect(drawn()).toEqual(drawn());
  });

  it('give the interval that NumPy gives', () => {
    // numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], [2.5, 97.5])
    const [low, high] = interval95([3, 1, 4, 1, 5, 9, 2, 6]);
    expect(low).toBeCloseTo(1, 12);
    expect(high).toBeCloseTo(8.475, 12);
  });
});

describe('a gain by users who did not choose', () => {
  it('is all of it where everybody agrees', () => {
    const values = [all(9).map((user) => user), all(9).map((user) => user + 2.5)];
    const gain = crossFittedGain({ weights: [0, 0.5], values }, 0, stream('agree'));
    expect(gain).toEqual({
      value: 2.5,
      standardError: 0,
      n: 9,
      meanWeight: expect.closeTo(0.5, 12) as number,
    });
  });

  it('is nothing where there is only noise, however well the best one looks', () => {
    const random = stream('noise');
    const gains = all(60).map((repeat) => {
      const values = all(16).map(() => all(80).map(() => random.nextNormal()));
      const weights = all(16).map((at) => at / 10);
      const own = crossFittedGain({ weights, values }, 0, stream(`halves ${String(repeat)}`));
      const sums = values.map((row) => row.reduce((sum, value) => sum + value, 0) / 80);
      return { own: own.value, best: Math.max(...sums) - (sums[0] ?? 0) };
    });
    const mean = (key: 'own' | 'best') => gains.reduce((sum, one) => sum + one[key], 0) / 60;
    // The chosen one is worth 0 more, with a standard error of about 0.02; on its own users 0.2.
    expect(Math.abs(mean('own'))).toBeLessThan(0.08);
    expect(mean('best')).toBeGreaterThan(0.12);
  });
});

describe('contexts weighted by what their users know', () => {
  const features = ['x'];
  const points = [0.05, 0.1, 0.3, 0.45, 0.6, 0.8].map((x, at) => ({
    context: String(at),
    x: [x],
    y: [0.3, 0.2, 0.1, -0.2, -0.1, -0.5][at] ?? NaN,
    weight: [4, 1, 9, 2, 25, 3][at] ?? NaN,
  }));

  it('give the weighted fit that NumPy gives', () => {
    // A = (XᵀWX)⁻¹, b = A XᵀW y, s² = Σ w r² / 4, half widths 2.776 √(s² A_kk)
    const fit = regress(points, features);
    if (fit.status !== 'fitted') throw new Error(fit.reason);
    expect(fit.terms.map(({ coefficient }) => coefficient)).toEqual([
      expect.closeTo(0.349605571305312, 12),
      expect.closeTo(-0.820781461851349, 12),
    ]);
    expect(fit.terms.map(({ halfWidth }) => halfWidth)).toEqual([
      expect.closeTo(0.2563050644652953, 12),
      expect.closeTo(0.4876475474891265, 12),
    ]);
    expect(fit.r2).toBeCloseTo(0.8451497996703476, 12);
    expect(fit.leaveOneOut).toBeCloseTo(0.11821842177540816, 12);
    expect(fit.leaveOneOutOfMean).toBeCloseTo(0.2646074920947671, 12);
  });

  it('count by 1 / variance, and by no less than the grid allows', () => {
    const weights = [-0.2, 0, 0.1];
    const drawn = resampleContexts(
      [
        // Nobody doubts.
        {
          domain: 'sure',
          weights,
          values: [
            [0, 0],
            [0, 0],
            [1, 1],
          ],
        },
        {
          domain: 'torn',
          weights,
          values: [
            [3, -1],
            [0, 0],
            [-9, -9],
          ],
        },
      ],
      4000,
    );
    const [sure, torn] = weightedPoints(points.slice(0, 2), drawn, weights);
    expect(sure?.weight).toBeCloseTo(12 / 0.1 ** 2, 6);
    // −0.2 in three of four draws: variance 0.0075.
    expect(1 / (torn?.weight ?? NaN)).toBeGreaterThan(0.007);
    expect(1 / (torn?.weight ?? NaN)).toBeLessThan(0.008);
  });

  it('carry the doubt of the users into the slope', () => {
    const weights = [0, 1];
    const context = (domain: string, second: number[]) => ({
      domain,
      weights,
      values: [second.map(() => 0), second],
    });
    const two = [0, 1].map((x) => ({ context: String(x), x: [x], y: x }));
    const sure = resampleContexts([context('a', [-1, -1]), context('b', [1, 1])], 200);
    expect(resampledTerms(two, sure, weights, features)?.[1]).toEqual({ low: 1, high: 1 });
    const torn = resampleContexts([context('a', [-1, -1]), context('b', [3, -1])], 200);
    const [, slope] = resampledTerms(two, torn, weights, features) ?? [];
    expect(slope?.low).toBeCloseTo(0, 9);
    expect(slope?.high).toBeCloseTo(1, 9);
  });
});
