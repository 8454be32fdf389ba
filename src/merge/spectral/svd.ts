import type { Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { pairTable, rowMajor, type DotJob } from './jobs.ts';
import { jacobiRound, RANK_CUT } from './matrix-kernels.ts';
import type { Workspace } from './workspace.ts';

/**
 * A matrix of `rows` vectors of `length` >= rows elements, `stride` = length + rows apart: the
 * rotations are collected behind each row.
 */
export interface RowMatrix {
  readonly at: number;
  readonly rows: number;
  readonly length: number;
  readonly stride: number;
}

export function rowMatrix(at: number, rows: number, length: number): RowMatrix {
  return { at, rows, length, stride: length + rows };
}

/** Elements that a RowMatrix takes. */
export function rowMatrixSize(rows: number, length: number): number {
  return rows * (length + rows);
}

/**
 * A = Σ σⱼ sⱼ lⱼᵀ, in place of A: the row `order[j]` holds scale · σⱼ lⱼᵀ and behind it sⱼᵀ, which
 * are the columns of an orthogonal matrix also where σⱼ is 0.
 */
export interface Spectrum {
  readonly matrix: RowMatrix;
  readonly scale: number;
  /** Descending; 0 from `rank` on. */
  readonly sigma: readonly number[];
  readonly order: readonly number[];
  /** Singular values above σ₁ · √rows · 2⁻²⁰; what is below is rounding. */
  readonly rank: number;
}

/** Row pairs below this |cosine| count as orthogonal; a sweep that met no other was the last. */
const CONVERGED = 3e-6;
const MAX_SWEEPS = 40;

/**
 * Singular value decompositions of many matrices at once by one-sided Jacobi: a dispatch a round of
 * disjoint row pairs, sweeps until the largest cosine is small. A matrix that has converged rests,
 * so its result does not depend on the others.
 * Cost: 6 to 10 sweeps of about 6 rows² (length + rows / 2) operations; a read-back a sweep.
 * @numeric f32; |A − U S Vᵀ| <= 1e-6 √rows σ₁, singular vectors orthogonal within 1e-5
 * @errors  internal when 40 sweeps do not converge; readback-failed when the adapter gives numbers
 *   that rotations cannot have made
 */
export async function decompose(
  workspace: Workspace,
  matrices: readonly RowMatrix[],
): Promise<Spectrum[]> {
  const scales = await normalise(workspace, matrices);
  const before = await squaresOf(workspace, matrices);
  await workspace.run(
    workspace.products(
      matrices.map(({ at, rows, length, stride }) => ({
        ...{ M: rows, N: rows, K: 0 },
        ...{ a: rowMajor(0, 0), b: rowMajor(0, 0) },
        out: rowMajor(at + length, stride),
      })),
      { diagonal: 1 },
    ),
  );
  await sweep(workspace, matrices);
  const squares = await keptSquares(workspace, matrices, before);
  return matrices.map((matrix, index) =>
    spectrumOf(matrix, scales[index] ?? 1, squares[index] ?? new Float32Array()),
  );
}

/** Squared norms of the rows, by matrix. */
async function squaresOf(
  workspace: Workspace,
  matrices: readonly RowMatrix[],
): Promise<Float32Array[]> {
  const squares = await workspace.dots(matrices.flatMap((matrix) => rowDots(matrix)));
  let first = 0;
  return matrices.map(({ rows }) => squares.subarray(first, (first += rows)));
}

/** Rounding of all sweeps stays far below. */
const ENERGY_TOLERANCE = 1e-3;

/**
 * Rotations keep the sum of squares, so read-backs that disagree are not of this matrix. A busy
 * software adapter once gave zeros, which look like a task vector of rank 0 and would merge to the base
 * without a word: they are read again, once.
 */
async function keptSquares(
  workspace: Workspace,
  matrices: readonly RowMatrix[],
  before: readonly Float32Array[],
): Promise<Float32Array[]> {
  const energy = (squares: Float32Array) => squares.reduce((sum, value) => sum + value, 0);
  for (let attempt = 0; attempt < 2; attempt++) {
    const after = await squaresOf(workspace, matrices);
    const holds = after.every((squares, index) => {
      const expected = energy(before[index] ?? squares);
      return Math.abs(energy(squares) - expected) <= ENERGY_TOLERANCE * expected;
    });
    if (holds) return after;
  }
  throw new AppError('readback-failed', 'The adapter gave other numbers than it computed.', {
    hint: 'Nothing was merged. Merge again; if it happens again, use the CPU executor.',
  });
}

/** Each row's dot product with itself. */
export function rowDots({ at, rows, length, stride }: RowMatrix): DotJob[] {
  return Array.from({ length: rows }, (_, row) => ({
    ...{ a: at + row * stride, b: at + row * stride },
    length,
  }));
}

/**
 * Scales each matrix by a power of two that brings its largest element into [1, 2), so that squares
 * neither overflow nor vanish; returns the factors.
 */
export async function normalise(
  workspace: Workspace,
  matrices: readonly RowMatrix[],
): Promise<number[]> {
  const largest = await workspace.magnitudes(matrices.flatMap((matrix) => rowDots(matrix)));
  let first = 0;
  const scales = matrices.map(({ rows }) => {
    const found = largest.subarray(first, (first += rows)).reduce((a, b) => Math.max(a, b), 0);
    if (found === 0) return 1;
    const exponent = Math.floor(Math.log2(found));
    return 2 ** -Math.max(-126, Math.min(126, exponent));
  });
  const jobs = matrices.flatMap((matrix, index) =>
    rowDots(matrix).map(({ a, length }) => ({
      ...{ from: a, to: a, length },
      factor: scales[index] ?? 1,
    })),
  );
  await workspace.run(workspace.vectors(jobs.filter(({ factor }) => factor !== 1)));
  return scales;
}

async function sweep(workspace: Workspace, matrices: readonly RowMatrix[]): Promise<void> {
  const table = pairTable(matrices);
  const pairs = matrices.map(({ rows }) => Math.floor((rows + 1) / 2));
  const active = new Uint32Array(matrices.map(({ rows }) => (rows > 1 ? 1 : 0)));
  const rounds = matrices.reduce((most, { rows }) => Math.max(most, rows + (rows % 2) - 1), 0);
  if (!active.includes(1)) return;
  const bind = {
    work: workspace.work,
    cosines: workspace.buffer('cosines', 'f32', table.parts),
    active: workspace.upload('active matrices', active),
    jobs: workspace.upload('row pairs', table.words),
  };
  const steps = Array.from({ length: rounds }, (_, round): Step => {
    const uniforms = { pair_count: table.parts, records: table.records, round };
    return { kernel: jacobiRound, bind, uniforms };
  });
  const program = await workspace.prepare(steps);
  for (let count = 0; count < MAX_SWEEPS; count++) {
    await workspace.checkAborted();
    workspace.executor.run(program);
    const cosines = await workspace.executor.readFloats(bind.cosines);
    let first = 0;
    pairs.forEach((number, index) => {
      const own = cosines.subarray(first, (first += number));
      if (own.every((cosine) => cosine <= CONVERGED)) active[index] = 0;
    });
    if (!active.includes(1)) return;
    workspace.executor.write(bind.active, active);
  }
  throw new AppError('internal', 'A singular value decomposition did not converge.', {
    hint: 'Nothing was merged. Merge this tensor with another method.',
  });
}

function spectrumOf(matrix: RowMatrix, scale: number, squares: Float32Array): Spectrum {
  const norms = Array.from(squares, (square) => Math.sqrt(square));
  const order = norms.map((_, row) => row);
  order.sort((a, b) => (norms[b] ?? 0) - (norms[a] ?? 0) || a - b);
  const cut = (norms[order[0] ?? 0] ?? 0) * Math.sqrt(matrix.rows) * RANK_CUT;
  const rank = norms.filter((norm) => norm > cut).length;
  const sigma = order.map((row, index) => (index < rank ? (norms[row] ?? 0) / scale : 0));
  return { matrix, scale, sigma, order, rank };
}

/** Where the j-th singular vector of the short side stands; its length is the number of rows. */
export function shortVector({ matrix, order }: Spectrum, j: number): number {
  return longVector({ matrix, order }, j) + matrix.length;
}

/** Where the j-th singular vector of the long side stands, times scale · σⱼ. */
export function longVector({ matrix, order }: Pick<Spectrum, 'matrix' | 'order'>, j: number) {
  return matrix.at + (order[j] ?? 0) * matrix.stride;
}

/** Factor that makes the row of the j-th singular value a unit vector; 0 beyond the rank. */
export function unitFactor({ sigma, scale, rank }: Spectrum, j: number): number {
  return j < rank ? 1 / ((sigma[j] ?? 0) * scale) : 0;
}
