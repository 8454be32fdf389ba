import type { TensorEntry } from '../../core/layout.ts';
import { rowMajor, type Place, type ProductJob, type TensorJob, type VectorJob } from './jobs.ts';
import {
  decompose,
  longVector,
  rowMatrix,
  rowMatrixSize,
  shortVector,
  unitFactor,
  type RowMatrix,
  type Spectrum,
} from './svd.ts';
import type { Workspace } from './workspace.ts';

/** Work memory for [Δ₁ | Δ₂ | …] = U S [V₁ | V₂ | …] of one m × p tensor. */
export interface KnotsPlan {
  readonly m: number;
  readonly p: number;
  readonly models: number;
  /** More rows than columns in all tasks together: lies transposed. */
  readonly isTall: boolean;
  readonly side: RowMatrix;
  /** Kept vectors of U, one a row of m. */
  readonly basis: number;
  /** S [V₁ | V₂ | …], one row of models · p a kept vector. */
  readonly aligned: number;
}

export function planKnots(
  { shape: [m = 0, p = 0] }: TensorEntry,
  take: (size: number) => number,
  models: number,
): KnotsPlan {
  const width = models * p;
  const [rows, length] = [Math.min(m, width), Math.max(m, width)];
  return {
    ...{ m, p, models, isTall: m > width },
    side: rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
    basis: take(rows * m),
    aligned: take(rows * width),
  };
}

/** A task vector's place among the others. */
export function sideJob(entry: TensorEntry, plan: KnotsPlan, model: number): TensorJob {
  const { at, stride } = plan.side;
  const { offset: arena, size } = entry;
  const common = { arena, size, columns: plan.p, factor: 1 };
  return plan.isTall
    ? { ...common, work: at + model * plan.p * stride, rowStride: 1, columnStride: stride }
    : { ...common, work: at + model * plan.p, rowStride: stride, columnStride: 1 };
}

/** S V of one model: `kept` rows of p. */
export function alignedAt({ aligned, p, models }: KnotsPlan, model: number): Place {
  return rowMajor(aligned + model * p, models * p);
}

/** Decomposes the tasks of each tensor; singular values up to `eps` are dropped. Returns the others. */
export async function alignSubspaces(
  workspace: Workspace,
  plans: readonly KnotsPlan[],
  eps: number,
): Promise<number[][]> {
  const spectra = await decompose(
    workspace,
    plans.map(({ side }) => side),
  );
  const kept = spectra.map(({ sigma }) => sigma.filter((value) => value > eps));
  const copies = plans.flatMap((plan, index) => {
    const spectrum = spectra[index];
    const count = kept[index]?.length ?? 0;
    return spectrum === undefined ? [] : keptVectors(plan, spectrum, count);
  });
  await workspace.run(workspace.vectors(copies));
  return kept;
}

function keptVectors(plan: KnotsPlan, spectrum: Spectrum, count: number): VectorJob[] {
  const { m, p, models, isTall } = plan;
  return Array.from({ length: count }, (_, j) => {
    const [short, long] = [shortVector(spectrum, j), longVector(spectrum, j)];
    const basis = { to: plan.basis + j * m, length: m };
    const aligned = { to: plan.aligned + j * models * p, length: models * p };
    return isTall
      ? [
          { ...basis, from: long, factor: unitFactor(spectrum, j) },
          { ...aligned, from: short, factor: spectrum.sigma[j] ?? 0 },
        ]
      : [
          { ...basis, from: short, factor: 1 },
          { ...aligned, from: long, factor: 1 / spectrum.scale },
        ];
  }).flat();
}

/** U times what stands at `from` (kept × p), to `out` (m × p). */
export function backProduct(
  { m, p, basis }: Pick<KnotsPlan, 'm' | 'p' | 'basis'>,
  kept: number,
  from: Place,
  out: Place,
): ProductJob {
  return { M: m, N: p, K: kept, a: { at: basis, rowStride: 1, columnStride: m }, b: from, out };
}

/** Contiguous rows of a buffer of its own, as extract and finish take them. */
export function rowsJob(arena: number, place: Place, rows: number, columns: number): TensorJob {
  const { at: work, rowStride, columnStride } = place;
  return { arena, work, size: rows * columns, columns, rowStride, columnStride, factor: 1 };
}
