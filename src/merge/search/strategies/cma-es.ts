import { rowOf, zeros, type DenseMatrix } from '../../../core/dense-matrix.ts';
import { RandomStream } from '../../../core/rng.ts';
import { symmetricEigen, type Eigen } from '../../../core/symmetric-eigen.ts';
import { snapped, type Axis, type Point } from '../axis.ts';
import type { SearchStrategy, Trials } from '../strategy.ts';

/** Step size and start in units of each axis's range. */
const INITIAL_SIGMA = 0.3;
const START = 0.5;

/**
 * CMA-ES (μ/μ_w, λ), maximising. Axes are scaled to 0 … 1. What leaves them is evaluated at the
 * nearest point inside and ranked with a penalty for the distance (§B.5). Runs until it is stopped.
 * @numeric f64 on the host; draws are those of (seed, position)
 * @source  Hansen 2016, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772
 */
export const cmaEs = { name: 'cma-es', trials: cmaEsTrials } as const satisfies SearchStrategy;

function* cmaEsTrials(axes: readonly Axis[], seed: number): Trials {
  const state = new CmaState(axes.length, seed);
  for (;;) {
    const drawn = state.draw();
    const scores: number[] = [];
    for (const { inside } of drawn) {
      scores.push(yield toPoint(axes, inside));
    }
    state.learn(drawn, scores);
  }
}

/** A candidate in scaled coordinates: as it was drawn, and the nearest place within the bounds. */
interface Candidate {
  readonly x: Float64Array;
  readonly inside: Float64Array;
}

function toPoint(axes: readonly Axis[], inside: Float64Array): Point {
  return axes.map((axis, i) => snapped(axis, axis.from + (inside[i] ?? 0) * (axis.to - axis.from)));
}

/** Mean, step size, covariance and paths, named as in the tutorial. */
class CmaState {
  private readonly n: number;
  private readonly lambda: number;
  private readonly weights: readonly number[];
  private readonly muEff: number;
  private readonly rates: {
    readonly cSigma: number;
    readonly dSigma: number;
    readonly cc: number;
    readonly c1: number;
    readonly cMu: number;
    readonly chiN: number;
  };
  private readonly stream: RandomStream;
  private readonly pathSigma: Float64Array;
  private readonly pathC: Float64Array;
  private readonly covariance: DenseMatrix;
  private mean: Float64Array;
  private eigen: Eigen;
  private sigma = INITIAL_SIGMA;
  private generation = 0;

  constructor(n: number, seed: number) {
    this.n = n;
    this.stream = new RandomStream(seed, 'search/cma-es');
    // Table 1 of the tutorial, with positive weights only.
    this.lambda = 4 + Math.floor(3 * Math.log(n));
    const mu = Math.floor(this.lambda / 2);
    const raw = Array.from(
      { length: mu },
      (_, i) => Math.log((this.lambda + 1) / 2) - Math.log(i + 1),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    this.weights = raw.map((weight) => weight / sum);
    this.muEff = 1 / this.weights.reduce((total, weight) => total + weight ** 2, 0);
    const { muEff } = this;
    const cSigma = (muEff + 2) / (n + muEff + 5);
    const c1 = 2 / ((n + 1.3) ** 2 + muEff);
    this.rates = {
      cSigma,
      dSigma: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma,
      cc: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
      c1,
      cMu: Math.min(1 - c1, (2 * (1 / 4 + muEff + 1 / muEff - 2)) / ((n + 2) ** 2 + muEff)),
      chiN: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n ** 2)),
    };
    this.mean = new Float64Array(n).fill(START);
    this.pathSigma = new Float64Array(n);
    this.pathC = new Float64Array(n);
    this.covariance = zeros(n, n);
    for (let i = 0; i < n; i++) rowOf(this.covariance, i)[i] = 1;
    this.eigen = symmetricEigen(this.covariance);
  }

  /** x = m + σ B D z for λ standard normal z. */
  draw(): Candidate[] {
    return Array.from({ length: this.lambda }, () => {
      const z = Float64Array.from({ length: this.n }, () => this.stream.nextNormal());
      const y = this.transformed(z, Math.sqrt);
      const x = this.mean.map((m, i) => m + this.sigma * (y[i] ?? 0));
      return { x, inside: x.map((value) => Math.min(1, Math.max(0, value))) };
    });
  }

  learn(drawn: readonly Candidate[], scores: readonly number[]): void {
    const { n, sigma, weights, muEff, rates, pathSigma, pathC } = this;
    this.generation += 1;
    const order = ranking(drawn, scores);
    const steps = order.slice(0, weights.length).map((index) => {
      const { x } = drawn[index] ?? { x: this.mean };
      return x.map((value, i) => (value - (this.mean[i] ?? 0)) / sigma);
    });
    const step = new Float64Array(n);
    steps.forEach((y, k) => {
      for (let i = 0; i < n; i++) step[i] = (step[i] ?? 0) + (weights[k] ?? 0) * (y[i] ?? 0);
    });
    const white = this.whitened(step);
    const { cSigma, dSigma, cc, c1, cMu, chiN } = rates;
    const keepSigma = Math.sqrt(cSigma * (2 - cSigma) * muEff);
    for (let i = 0; i < n; i++) {
      pathSigma[i] = (1 - cSigma) * (pathSigma[i] ?? 0) + keepSigma * (white[i] ?? 0);
    }
    const length = Math.hypot(...pathSigma);
    const decay = Math.sqrt(1 - (1 - cSigma) ** (2 * this.generation));
    const isSteady = length / decay < (1.4 + 2 / (n + 1)) * chiN;
    const keepC = isSteady ? Math.sqrt(cc * (2 - cc) * muEff) : 0;
    for (let i = 0; i < n; i++) {
      pathC[i] = (1 - cc) * (pathC[i] ?? 0) + keepC * (step[i] ?? 0);
    }
    const lost = isSteady ? 0 : c1 * cc * (2 - cc);
    for (let i = 0; i < n; i++) {
      const row = rowOf(this.covariance, i);
      for (let j = 0; j < n; j++) {
        const spread = steps.reduce(
          (sum, y, k) => sum + (weights[k] ?? 0) * (y[i] ?? 0) * (y[j] ?? 0),
          0,
        );
        row[j] =
          (1 - c1 - cMu + lost) * (row[j] ?? 0) +
          c1 * (pathC[i] ?? 0) * (pathC[j] ?? 0) +
          cMu * spread;
      }
    }
    this.mean = this.mean.map((m, i) => m + sigma * (step[i] ?? 0));
    // At most doubled a generation, so that a flat objective cannot blow the step up.
    this.sigma *= Math.exp(Math.min(Math.LN2, (cSigma / dSigma) * (length / chiN - 1)));
    this.eigen = symmetricEigen(this.covariance);
  }

  /** B f(D²) v: rows of `vectors` are eigenvectors. */
  private transformed(v: Float64Array, scale: (eigenvalue: number) => number): Float64Array {
    const out = new Float64Array(this.n);
    for (let k = 0; k < this.n; k++) {
      const factor = scale(Math.max(1e-20, this.eigen.values[k] ?? 0)) * (v[k] ?? 0);
      rowOf(this.eigen.vectors, k).forEach((b, i) => {
        out[i] = (out[i] ?? 0) + b * factor;
      });
    }
    return out;
  }

  /** C^(-1/2) v = B D⁻¹ Bᵀ v. */
  private whitened(v: Float64Array): Float64Array {
    const inBasis = Float64Array.from({ length: this.n }, (_, k) =>
      rowOf(this.eigen.vectors, k).reduce((sum, b, i) => sum + b * (v[i] ?? 0), 0),
    );
    return this.transformed(inBasis, (value) => 1 / Math.sqrt(value));
  }
}

/** Best first; equal scores in the order of drawing. */
function ranking(drawn: readonly Candidate[], scores: readonly number[]): number[] {
  const spread = Math.max(...scores) - Math.min(...scores);
  const fitness = drawn.map(({ x, inside }, index) => {
    const outside = x.reduce((sum, value, i) => sum + (value - (inside[i] ?? 0)) ** 2, 0);
    return (scores[index] ?? -Infinity) - (spread + 1e-12) * outside;
  });
  return fitness
    .map((_, index) => index)
    .sort((a, b) => (fitness[b] ?? 0) - (fitness[a] ?? 0) || a - b);
}
