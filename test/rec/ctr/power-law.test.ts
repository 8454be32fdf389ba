import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import type { ArtefactOf } from '../../../src/lab/analysis/analysis-result.ts';
import { fitPowerLaw, type PowerLaw, type ScalingPoint } from '../../../src/rec/ctr/power-law.ts';

/** Dense parameters of the paper's ladder, and the constants printed in its figure. */
const LADDER = [13e3, 5e4, 2e5, 8e5, 3e6, 25e6, 85e6, 0.3e9];
const AUC = { bound: 0.7097, coefficient: -0.7553, exponent: 0.2364 };
const LOSS = { bound: 0.3695, coefficient: 0.142, exponent: 0.1915 };

type Law = typeof AUC;
const valueAt = ({ bound, coefficient, exponent }: Law, x: number) =>
  bound + coefficient * x ** -exponent;
const pointsOf = (law: Law, xs = LADDER): ScalingPoint[] =>
  xs.map((x) => ({ x, y: valueAt(law, x) }));

function fitted(fit: PowerLaw): Extract<PowerLaw, { status: 'fitted' }> {
  if (fit.status === 'fitted') return fit;
  throw new Error(fit.reason);
}

function squares(points: readonly ScalingPoint[], law: Law): number {
  return points.reduce((sum, { x, y }) => sum + (y - valueAt(law, x)) ** 2, 0);
}

/** Several seeds a size, with normal noise. */
function noisy(law: Law, deviation: number, draw: number, seeds = 2): ScalingPoint[] {
  const random = new RandomStream(draw, 'power law');
  return LADDER.flatMap((x) =>
    Array.from({ length: seeds }, () => ({
      x,
      y: valueAt(law, x) + deviation * random.nextNormal(),
    })),
  );
}

describe('power law', () => {
  it.each([
    ['AUC', AUC, false],
    ['log loss', LOSS, true],
    ['a steep law', { bound: 1, coefficient: 1e9, exponent: 2.5 }, true],
    ['a flat law', { bound: -3, coefficient: 12, exponent: 0.02 }, true],
  ] as const)('finds the constants of %s again', (_, law, minimise) => {
    const fit = fitted(fitPowerLaw(pointsOf(law), { minimise }));
    for (const name of ['bound', 'coefficient', 'exponent'] as const) {
      expect(Math.abs(fit[name] / law[name] - 1), name).toBeLessThan(1e-3);
    }
    expect(fit.r2).toBeCloseTo(1, 9);
    expect(fit.n).toBe(8);
  });

  it('is what the store keeps', () => {
    const fit: ArtefactOf<'scaling'>['fits'][number]['fit'] = fitPowerLaw(pointsOf(AUC), {
      minimise: false,
    });
    expect(fit.status).toBe('fitted');
  });

  it.each([
    [AUC, false, 1e-3],
    [LOSS, true, 3e-4],
  ])('has intervals that hold the truth as often as they say: %j', (law, minimise, deviation) => {
    const held = { bound: 0, exponent: 0 };
    for (let draw = 0; draw < 100; draw++) {
      const fit = fitted(fitPowerLaw(noisy(law, deviation, draw), { minimise }));
      for (const name of ['bound', 'exponent'] as const) {
        const [low, high] = fit[`${name}Interval`] ?? [NaN, NaN];
        expect(low, name).toBeLessThanOrEqual(fit[name]);
        expect(high, name).toBeGreaterThanOrEqual(fit[name]);
        if (low <= law[name] && law[name] <= high) held[name] += 1;
      }
    }
    // 95 expected, deviation 2.2.
    for (const count of Object.values(held)) {
      expect(count).toBeGreaterThanOrEqual(90);
      expect(count).toBeLessThanOrEqual(100);
    }
    expect(held.bound + held.exponent).toBeLessThan(200);
  });

  it('is no worse than any law of a fine grid', () => {
    for (let draw = 0; draw < 3; draw++) {
      const points = noisy(AUC, 2e-3, draw, 1);
      const fit = fitted(fitPowerLaw(points, { minimise: false }));
      const own = squares(points, fit);
      let best = { ...AUC, squares: Infinity };
      for (let i = 0; i <= 120; i++) {
        const exponent = 0.02 * 60 ** (i / 120);
        for (let j = 0; j <= 200; j++) {
          const bound = 0.69 + (0.1 * j) / 200;
          // Over the largest and the smallest size: as a law through the least value of each bound.
          const start = (points[0]?.y ?? NaN) - bound;
          for (const share of [0.94, 0.97, 1, 1.03, 1.06]) {
            const coefficient = share * start * 13e3 ** exponent;
            const law = { bound, coefficient, exponent };
            const found = squares(points, law);
            if (found < best.squares) best = { ...law, squares: found };
          }
        }
      }
      expect(own).toBeLessThanOrEqual(best.squares);
      // The grid comes near, so that the comparison says something.
      expect(best.squares).toBeLessThan(1.2 * own);
      expect(Math.abs(Math.log(best.exponent / fit.exponent))).toBeLessThan(0.35);
    }
  });

  it('has intervals that end where the squares have grown by t² / (n − 3) of the least', () => {
    const points = noisy(LOSS, 3e-4, 3);
    const fit = fitted(fitPowerLaw(points, { minimise: true }));
    const limit = squares(points, fit) * (1 + 2.16 ** 2 / 13);
    // The other two constants by a linear regression of their own.
    const atExponent = (exponent: number) => {
      const us = points.map(({ x }) => x ** -exponent);
      const [u, y] = [us, points.map((point) => point.y)].map(
        (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
      );
      let [uy, uu] = [0, 0];
      points.forEach((point, i) => {
        uy += ((us[i] ?? 0) - (u ?? 0)) * (point.y - (y ?? 0));
        uu += ((us[i] ?? 0) - (u ?? 0)) ** 2;
      });
      const coefficient = uy / uu;
      return squares(points, { exponent, coefficient, bound: (y ?? 0) - coefficient * (u ?? 0) });
    };
    for (const end of fit.exponentInterval ?? [NaN]) {
      expect(Math.abs(atExponent(end) / limit - 1)).toBeLessThan(1e-6);
    }
  });

  it('fits nothing where the points do not say that there is a limit', () => {
    const logarithm = LADDER.map((x) => ({ x, y: 0.5 + 0.01 * Math.log(x) }));
    expect(fitPowerLaw(logarithm, { minimise: false })).toMatchObject({
      status: 'degenerate',
      reason: expect.stringContaining('edge of the search (0.001)') as string,
    });
    const step = LADDER.map((x, i) => ({ x, y: i === 0 ? 1 : 0.5 }));
    expect(fitPowerLaw(step, { minimise: true })).toMatchObject({
      status: 'degenerate',
      reason: expect.stringContaining('edge of the search (10)') as string,
    });
  });

  it('gives no interval where the scatter leaves the exponent open', () => {
    const points = noisy(AUC, 1e-2, 4, 1).slice(0, 5);
    const fit = fitted(fitPowerLaw(points, { minimise: false }));
    expect([fit.boundInterval, fit.exponentInterval]).toContain(null);
  });

  it.each([
    ['three sizes', pointsOf(AUC, [1e4, 1e5, 1e6]), /cannot be told from 3 sizes/],
    ['one size', pointsOf(AUC, [1e4, 1e4, 1e4, 1e4]), /from 1 size\./],
    ['no points', [], /from 0 sizes/],
    ['one value', LADDER.map((x) => ({ x, y: 0.3 })), /same at all sizes/],
    ['the wrong direction', pointsOf(LOSS), /does not rise with size/],
  ])('says why there is none: %s', (_, points, reason) => {
    const fit = fitPowerLaw(points, { minimise: false });
    expect(fit.status === 'degenerate' ? fit.reason : '').toMatch(reason);
    expect(fit.n).toBe(points.length);
  });

  it.each([
    { x: 0, y: 1 },
    { x: -5, y: 1 },
    { x: Infinity, y: 1 },
    { x: 5, y: NaN },
  ])('refuses %j', (point) => {
    expect(() => fitPowerLaw([...pointsOf(AUC), point], { minimise: false })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }) as Error,
    );
  });
});
