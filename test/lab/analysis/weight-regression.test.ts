import { describe, expect, it } from 'vitest';
import {
  regress,
  type Regression,
  type RegressionPoint,
} from '../../../src/lab/analysis/weight-regression.ts';

function points(rows: readonly (readonly number[])[]): RegressionPoint[] {
  return rows.map(([y = NaN, ...x], index) => ({ context: `c${String(index)}`, y, x }));
}

function fitted(regression: Regression) {
  if (regression.status !== 'fitted') throw new Error(regression.reason);
  return regression;
}

describe('regress', () => {
  it('equals a fit by hand', () => {
    // x = 1, 2, 3, 4; y = 2, 3, 5, 6: Sxx = 5, Sxy = 7, b = 1.4, a = 4 - 1.4 * 2.5 = 0.5;
    // residuals 0.1, -0.3, 0.3, -0.1: squares 0.2 of a total of 10.
    const fit = fitted(
      regress(
        points([
          [2, 1],
          [3, 2],
          [5, 3],
          [6, 4],
        ]),
        ['x'],
      ),
    );
    expect(fit.n).toBe(4);
    expect(fit.degreesOfFreedom).toBe(2);
    const [a, b] = fit.terms;
    expect(a?.coefficient).toBeCloseTo(0.5, 12);
    expect(b?.coefficient).toBeCloseTo(1.4, 12);
    expect(fit.r2).toBeCloseTo(0.98, 12);
    // s² = 0.1, t = 4.303: b ± t √(0.1 / 5), a ± t √(0.1 (1/4 + 2.5² / 5)).
    expect(b?.halfWidth).toBeCloseTo(4.303 * Math.sqrt(0.02), 10);
    expect(a?.halfWidth).toBeCloseTo(4.303 * Math.sqrt(0.15), 10);
    expect(fit.fitted).toEqual(
      [1.9, 3.3, 4.7, 6.1].map((value): unknown => expect.closeTo(value, 12)),
    );
    // Left out one by one: residual / (1 - leverage), leverages 0.7, 0.3, 0.3, 0.7.
    expect(fit.leaveOneOut).toBeCloseTo((0.1 / 0.3 + 0.3 / 0.7 + 0.3 / 0.7 + 0.1 / 0.3) / 4, 10);
    expect(fit.leaveOneOutOfMean).toBeCloseTo((8 / 3 + 4 / 3 + 4 / 3 + 8 / 3) / 4, 12);
  });

  it('finds two coefficients again where there is no noise', () => {
    const rows = [
      [0, 0],
      [1, 0],
      [0, 1],
      [2, 5],
      [7, 3],
    ].map(([u = 0, v = 0]) => [3 - 2 * u + 0.5 * v, u, v]);
    const fit = fitted(regress(points(rows), ['u', 'v']));
    expect(fit.terms.map(({ coefficient }) => coefficient)).toEqual(
      [3, -2, 0.5].map((value): unknown => expect.closeTo(value, 10)),
    );
    expect(fit.r2).toBeCloseTo(1, 12);
    expect(fit.leaveOneOut).toBeCloseTo(0, 10);
  });

  it('gives a line through two points no interval', () => {
    const fit = fitted(
      regress(
        points([
          [1, 0],
          [3, 1],
        ]),
        ['x'],
      ),
    );
    expect(fit.terms.map(({ halfWidth }) => halfWidth)).toEqual([null, null]);
    expect(fit.leaveOneOut).toBeNull();
    expect(fit.degreesOfFreedom).toBe(0);
  });

  it('has no R² where the weights are all the same', () => {
    const fit = fitted(
      regress(
        points([
          [1, 0],
          [1, 1],
          [1, 5],
        ]),
        ['x'],
      ),
    );
    expect(fit.r2).toBeNull();
    expect(fit.terms[1]?.coefficient).toBeCloseTo(0, 12);
  });

  it('refuses too few contexts, constant and dependent features', () => {
    expect(regress([], ['x'])).toMatchObject({ status: 'degenerate', n: 0 });
    expect(regress(points([[1, 2]]), ['x'])).toMatchObject({ status: 'degenerate', n: 1 });
    const constant = points([
      [1, 0.1],
      [2, 0.1],
      [3, 0.1],
    ]);
    expect(regress(constant, ['x']).status).toBe('degenerate');
    const dependent = points([
      [1, 1, 2],
      [2, 2, 4],
      [3, 5, 10],
      [3, 6, 12],
    ]);
    expect(regress(dependent, ['u', 'v']).status).toBe('degenerate');
    const missing = points([
      [1, NaN],
      [2, 3],
      [3, 4],
    ]);
    expect(regress(missing, ['x']).status).toBe('degenerate');
  });
});
