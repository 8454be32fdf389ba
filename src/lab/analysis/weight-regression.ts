import { studentT975 } from '../../core/student-t.ts';

/** One context: what is explained, and what it is explained by. */
export interface RegressionPoint {
  readonly context: string;
  readonly y: number;
  /** One value a feature, in the order of the features' names. */
  readonly x: readonly number[];
  /** How much it counts, 1 / variance of y; of all points or of none (1). */
  readonly weight?: number;
}

export interface RegressionTerm {
  /** 'intercept', or a feature's name. */
  readonly name: string;
  readonly coefficient: number;
  /** Half the width of the 95 % interval (Student's t); null without a degree of freedom. */
  readonly halfWidth: number | null;
}

export type Regression =
  | {
      readonly status: 'fitted';
      readonly n: number;
      readonly terms: readonly RegressionTerm[];
      /** 1 − residual / total squares, both weighted; null where y does not vary. */
      readonly r2: number | null;
      readonly degreesOfFreedom: number;
      readonly fitted: readonly number[];
      /** Mean |y − prediction from the other contexts|; null where leaving one out leaves no fit. */
      readonly leaveOneOut: number | null;
      /** The same error of the (weighted) mean of the other contexts: what a feature has to beat. */
      readonly leaveOneOutOfMean: number | null;
    }
  | { readonly status: 'degenerate'; readonly n: number; readonly reason: string };

/** Share of a column's size below which what is left of it counts as nothing. */
const RANK_TOLERANCE = 1e-10;

/**
 * Least squares  y = a + Σ bᵢ xᵢ  in float64, by Gram–Schmidt on the design's columns; weighted
 * where points have weights, whose common scale is found from the residuals. With few contexts a fit is an illustration: n, interval and leave-one-out error belong to it.
 * @param features names of the columns of x
 * @numeric coefficients to about 1e-9 relative for columns that are not nearly dependent
 */
export function regress(
  points: readonly RegressionPoint[],
  features: readonly string[],
): Regression {
  const n = points.length;
  const count = features.length + 1;
  if (n < count) {
    const reason = `${String(count)} coefficients cannot be told from ${String(n)} context${n === 1 ? '' : 's'}.`;
    return { status: 'degenerate', n, reason };
  }
  const solved = solve(points, features.length);
  if (solved === null) {
    const reason = 'A feature is constant over the contexts, or follows from the others.';
    return { status: 'degenerate', n, reason };
  }
  const { coefficients, scales } = solved;
  const fitted = points.map(({ x }) => predict(coefficients, x));
  const mean = meanOf(points);
  const squares = (predicted: (at: number) => number) =>
    points.reduce((sum, { y, weight = 1 }, i) => sum + weight * (y - predicted(i)) ** 2, 0);
  const total = squares(() => mean);
  const residual = squares((i) => fitted[i] ?? 0);
  const degreesOfFreedom = n - count;
  const t = studentT975(degreesOfFreedom) ?? null;
  const variance = degreesOfFreedom === 0 ? 0 : residual / degreesOfFreedom;
  return {
    status: 'fitted',
    n,
    degreesOfFreedom,
    fitted,
    terms: ['intercept', ...features].map((name, k) => ({
      name,
      coefficient: coefficients[k] ?? 0,
      halfWidth: t === null ? null : t * Math.sqrt(variance * (scales[k] ?? 0)),
    })),
    r2: total > 0 ? 1 - residual / total : null,
    leaveOneOut: leaveOneOut(points, (others, { x }) => {
      const own = others.length < count ? null : solve(others, features.length);
      return own === null ? null : predict(own.coefficients, x);
    }),
    leaveOneOutOfMean: leaveOneOut(points, (others) =>
      others.length === 0 ? null : meanOf(others),
    ),
  };
}

function meanOf(points: readonly RegressionPoint[]): number {
  const total = points.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return points.reduce((sum, { y, weight = 1 }) => sum + weight * y, 0) / total;
}

function predict(coefficients: readonly number[], x: readonly number[]): number {
  return coefficients.reduce((sum, b, k) => sum + b * (k === 0 ? 1 : (x[k - 1] ?? NaN)), 0);
}

function leaveOneOut(
  points: readonly RegressionPoint[],
  predicted: (others: readonly RegressionPoint[], left: RegressionPoint) => number | null,
): number | null {
  let sum = 0;
  for (const [index, point] of points.entries()) {
    const value = predicted(points.toSpliced(index, 1), point);
    if (value === null) return null;
    sum += Math.abs(point.y - value);
  }
  return sum / points.length;
}

/**
 * Coefficients and the diagonal of (XᵀX)⁻¹, from X = QR with Q's columns orthogonal (not of unit
 * length) and R of unit diagonal. null where a column depends on those before it.
 */
function solve(points: readonly RegressionPoint[], features: number) {
  const columns = Array.from({ length: features + 1 }, (_, k) =>
    points.map(({ x, weight = 1 }) => Math.sqrt(weight) * (k === 0 ? 1 : (x[k - 1] ?? NaN))),
  );
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const basis: number[][] = [];
  const upper: number[][] = [];
  for (const column of columns) {
    const shares = basis.map((q) => dot(q, column) / dot(q, q));
    const rest = column.map((value, i) =>
      basis.reduce((left, q, j) => left - (shares[j] ?? 0) * (q[i] ?? 0), value),
    );
    if (!(dot(rest, rest) > RANK_TOLERANCE * dot(column, column))) return null;
    basis.push(rest);
    upper.push(shares);
  }
  const y = points.map((point) => Math.sqrt(point.weight ?? 1) * point.y);
  // Rows of R⁻¹: back substitution of the unit vectors and of Qᵀy.
  const backward = (right: readonly number[]): number[] => {
    const result = [...right];
    for (let k = columns.length - 1; k >= 0; k--) {
      for (let j = 0; j < k; j++) {
        result[j] = (result[j] ?? 0) - (upper[k]?.[j] ?? 0) * (result[k] ?? 0);
      }
    }
    return result;
  };
  const coefficients = backward(basis.map((q) => dot(q, y) / dot(q, q)));
  const scales = columns.map(() => 0);
  basis.forEach((q, j) => {
    const inverse = backward(columns.map((_, k) => (k === j ? 1 : 0)));
    inverse.forEach((value, k) => {
      scales[k] = (scales[k] ?? 0) + value ** 2 / dot(q, q);
    });
  });
  return { coefficients, scales };
}
