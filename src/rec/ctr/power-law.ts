import { AppError } from '../../core/errors.ts';
import { studentT975 } from '../../core/student-t.ts';

export interface ScalingPoint {
  /** Size of a model, above 0. */
  readonly x: number;
  /** Its metric. */
  readonly y: number;
}

/** y = bound + coefficient · x^(−exponent) */
export type PowerLaw =
  | {
      readonly status: 'fitted';
      readonly n: number;
      /** What y tends to as x grows. */
      readonly bound: number;
      readonly coefficient: number;
      readonly exponent: number;
      /**
       * 95 %, [low, high]; null where points are too few or it reaches a bound of the search: the
       * points do not say then whether the metric has a limit.
       */
      readonly boundInterval: [number, number] | null;
      readonly exponentInterval: [number, number] | null;
      /** Null where all y are equal. */
      readonly r2: number | null;
    }
  | { readonly status: 'degenerate'; readonly n: number; readonly reason: string };

export interface PowerLawOptions {
  /** Whether the metric falls with size, as losses do: coefficient > 0. AUC: false, < 0. */
  readonly minimise: boolean;
}

/** The exponent is searched between these: below, a power cannot be told from a logarithm. */
const LEAST = 1e-3;
const MOST = 10;
/** Exponents of the first search, evenly in the logarithm. */
const GRID = 240;
const CONSTANTS = 3;

/**
 * Least-squares fit of a power law by variable projection: for a given exponent the rest is linear,
 * so that only the exponent is searched, over a grid first and then between its neighbours.
 * Intervals are by profile likelihood: where the residual sum of squares stays below
 * (1 + t² / (n − 3)) times its least.
 * @errors invalid-argument for sizes that are not above 0 or values that are not finite
 * @source Golub & Pereyra 1973, doi:10.1137/0710036; Bates & Watts 1988, section 6.1
 */
export function fitPowerLaw(
  points: readonly ScalingPoint[],
  { minimise }: PowerLawOptions,
): PowerLaw {
  const n = points.length;
  if (points.some(({ x, y }) => !(x > 0 && Number.isFinite(x) && Number.isFinite(y)))) {
    throw new AppError('invalid-argument', 'A power law needs sizes above 0 and finite values.');
  }
  const sizes = new Set(points.map(({ x }) => x)).size;
  if (sizes <= CONSTANTS) {
    const reason = `Three constants cannot be told from ${String(sizes)} size${sizes === 1 ? '' : 's'}.`;
    return { status: 'degenerate', n, reason };
  }
  const profile = new Profile(points, minimise ? 1 : -1);
  const { total } = profile;
  if (total <= 1e-24 * points.reduce((sum, { y }) => sum + y * y, 0)) {
    return { status: 'degenerate', n, reason: 'The metric is the same at all sizes.' };
  }
  const exponent = least((at) => profile.residual(at));
  const { bound, coefficient, residual } = profile.at(exponent);
  if (coefficient === 0) {
    const reason = `The metric does not ${minimise ? 'fall' : 'rise'} with size.`;
    return { status: 'degenerate', n, reason };
  }
  if (isAtBound(exponent)) {
    const edge = exponent < 1 ? LEAST : MOST;
    const reason = `The points fix no power law: the best exponent lies at the edge of the search (${String(edge)}).`;
    return { status: 'degenerate', n, reason };
  }
  const t = studentT975(n - CONSTANTS);
  const limit = t !== undefined ? residual * (1 + t ** 2 / (n - CONSTANTS)) : null;
  return {
    status: 'fitted',
    n,
    bound,
    coefficient,
    exponent,
    boundInterval: limit === null ? null : boundInterval(profile, bound, limit),
    exponentInterval: limit === null ? null : exponentInterval(profile, exponent, limit),
    r2: 1 - residual / total,
  };
}

/** Residual sums of squares as functions of one constant, the others at their best. */
class Profile {
  /** Sum of squares about the mean. */
  readonly total: number;
  private readonly logs: Float64Array;
  private readonly ys: Float64Array;
  /** Powers of the sizes: intervals ask for them a hundred thousand times a law. */
  private readonly values: Float64Array;
  private readonly mean: number;
  /** Mean of ln x: powers are taken of sizes relative to it, so that none is huge. */
  private readonly centre: number;
  private readonly sign: 1 | -1;

  constructor(points: readonly ScalingPoint[], sign: 1 | -1) {
    this.sign = sign;
    this.ys = Float64Array.from(points, ({ y }) => y);
    this.values = new Float64Array(points.length);
    this.mean = meanOf(this.ys);
    this.total = this.ys.reduce((sum, y) => sum + (y - this.mean) ** 2, 0);
    const logs = Float64Array.from(points, ({ x }) => Math.log(x));
    this.centre = meanOf(logs);
    this.logs = logs.map((log) => log - this.centre);
  }

  /** Best line through (x^(−exponent), y) whose slope has the law's sign; else slope 0. */
  at(exponent: number): { bound: number; coefficient: number; residual: number } {
    // (x^(−e) − 1) / e: tends to −ln x as the exponent vanishes, and stays of its size.
    const { logs, ys, values } = this;
    for (let i = 0; i < logs.length; i++) {
      const log = logs[i] ?? 0;
      values[i] = this.isAsBefore(i)
        ? (values[i - 1] ?? 0)
        : Math.expm1(-exponent * log) / exponent;
    }
    const mean = meanOf(values);
    let [xy, xx] = [0, 0];
    for (let i = 0; i < ys.length; i++) {
      const value = (values[i] ?? 0) - mean;
      xy += value * ((ys[i] ?? 0) - this.mean);
      xx += value ** 2;
    }
    const slope = xx > 0 && xy * this.sign > 0 ? xy / xx : 0;
    const intercept = this.mean - slope * mean;
    let residual = 0;
    for (let i = 0; i < ys.length; i++) {
      residual += ((ys[i] ?? 0) - intercept - slope * (values[i] ?? 0)) ** 2;
    }
    const scale = slope / exponent;
    return {
      bound: intercept - scale,
      coefficient: scale * Math.exp(exponent * this.centre),
      residual,
    };
  }

  residual(exponent: number): number {
    return this.at(exponent).residual;
  }

  /** With a given bound; the best exponent for it. */
  ofBound(bound: number): { residual: number; exponent: number } {
    const exponent = least((at) => this.residualOf(bound, at));
    return { residual: this.residualOf(bound, exponent), exponent };
  }

  private residualOf(bound: number, exponent: number): number {
    const { logs, ys, values } = this;
    let [xy, xx] = [0, 0];
    for (let i = 0; i < ys.length; i++) {
      const value = this.isAsBefore(i)
        ? (values[i - 1] ?? 0)
        : Math.exp(-exponent * (logs[i] ?? 0));
      values[i] = value;
      xy += value * ((ys[i] ?? 0) - bound);
      xx += value * value;
    }
    const slope = xy * this.sign > 0 ? xy / xx : 0;
    let residual = 0;
    for (let i = 0; i < ys.length; i++) {
      residual += ((ys[i] ?? 0) - bound - slope * (values[i] ?? 0)) ** 2;
    }
    return residual;
  }

  /** Several seeds have one size. */
  private isAsBefore(i: number): boolean {
    return i > 0 && this.logs[i] === this.logs[i - 1];
  }
}

/** Exponent with the least value: of a grid, then by golden section between its neighbours. */
function least(f: (exponent: number) => number): number {
  const at = (log: number) => f(Math.exp(log));
  const [low, high] = [Math.log(LEAST), Math.log(MOST)];
  const step = (high - low) / GRID;
  let best = low;
  let value = Infinity;
  for (let i = 0; i <= GRID; i++) {
    const found = at(low + i * step);
    if (found < value) [best, value] = [low + i * step, found];
  }
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [Math.max(low, best - step), Math.min(high, best + step)];
  let [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [fc, fd] = [at(c), at(d)];
  while (b - a > 1e-10) {
    if (fc <= fd) {
      [b, d, fd] = [d, c, fc];
      c = b - ratio * (b - a);
      fc = at(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + ratio * (b - a);
      fd = at(d);
    }
  }
  const middle = (a + b) / 2;
  return Math.exp(at(middle) <= value ? middle : best);
}

function isAtBound(exponent: number): boolean {
  return exponent < LEAST * 1.001 || exponent > MOST / 1.001;
}

/** The connected range about the best exponent; null where it reaches a bound of the search. */
function exponentInterval(profile: Profile, best: number, limit: number): [number, number] | null {
  const isInside = (log: number) => profile.residual(Math.exp(log)) <= limit;
  const step = Math.log(MOST / LEAST) / GRID;
  const end = (direction: 1 | -1): number | null => {
    let inside = Math.log(best);
    for (;;) {
      const next = inside + direction * step;
      if (next < Math.log(LEAST) || next > Math.log(MOST)) return null;
      if (!isInside(next)) return Math.exp(bisect(isInside, inside, next));
      inside = next;
    }
  };
  const [low, high] = [end(-1), end(1)];
  return low === null || high === null ? null : [low, high];
}

/** The connected range about the best bound; null where its exponents reach a bound of the search. */
function boundInterval(profile: Profile, best: number, limit: number): [number, number] | null {
  const isInside = (bound: number) => profile.ofBound(bound).residual <= limit;
  const first = Math.sqrt(profile.total) / 1000;
  const end = (direction: 1 | -1): number | null => {
    let inside = best;
    for (let step = first; ; step *= 1.3) {
      const next = inside + direction * step;
      const { residual, exponent } = profile.ofBound(next);
      if (residual > limit) return bisect(isInside, inside, next);
      // Beyond it the law is a logarithm (or a step): no bound is far enough.
      if (isAtBound(exponent)) return null;
      inside = next;
    }
  };
  const [low, high] = [end(-1), end(1)];
  return low === null || high === null ? null : [low, high];
}

/** Where `isInside` ends between a place inside and one outside. */
function bisect(isInside: (at: number) => boolean, inside: number, outside: number): number {
  let [a, b] = [inside, outside];
  for (let i = 0; i < 50; i++) {
    const middle = (a + b) / 2;
    if (isInside(middle)) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}
