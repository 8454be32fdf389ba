import {
  rowMajor,
  transposed,
  type Place,
  type ProductJob,
  type TensorJob,
  type VectorJob,
} from './jobs.ts';
import { decompose, rowMatrix, rowMatrixSize, type RowMatrix, type Spectrum } from './svd.ts';
import { NOWHERE, tensorJob, type MatrixTensor } from './tensors.ts';
import { takeTriplets } from './triplets.ts';
import type { Workspace } from './workspace.ts';

/** Work memory of one tensor: the running merge (also taken apart), the new task, bases, products. */
export interface OpcmPlan {
  readonly merged: Place;
  readonly split: RowMatrix;
  readonly task: Place;
  readonly short: Place;
  readonly long: Place;
  readonly left: Place;
  readonly projected: Place;
  readonly masked: Place;
}

export function planOpcm({ rows, length }: MatrixTensor, take: (size: number) => number): OpcmPlan {
  const matrix = () => rowMajor(take(rows * length), length);
  const square = () => rowMajor(take(rows * rows), rows);
  return {
    merged: matrix(),
    split: rowMatrix(take(rowMatrixSize(rows, length)), rows, length),
    task: matrix(),
    short: square(),
    long: matrix(),
    left: matrix(),
    projected: square(),
    masked: square(),
  };
}

/** Where a model goes in: as the running merge, or as the new task. */
export function opcmJobs(
  tensors: readonly MatrixTensor[],
  plans: readonly OpcmPlan[],
  name: 'merged' | 'task',
): TensorJob[] {
  return tensors.map((tensor, index) => tensorJob(tensor, plans[index]?.[name] ?? NOWHERE));
}

/** Leading triplets whose singular values first sum up to more than α of all; 0 if none do. */
function splitRank(sigma: readonly number[], alpha: number): number {
  const total = sigma.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  const found = sigma.findIndex((value) => {
    sum += value;
    return sum / total > alpha;
  });
  return Math.max(0, found);
}

/**
 * merged ← previous · merged + task − U mask(Uᵀ task V) Vᵀ with merged = U S Vᵀ: the mask keeps the
 * leading block (cumulated share of S up to α) and the diagonal, which are the parts of the new task
 * vector that would disturb the merge. Directions in which the merge is 0 disturb nothing.
 */
export async function opcmSteps(
  workspace: Workspace,
  plans: readonly OpcmPlan[],
  { alpha, previous }: { alpha: number; previous: number },
): Promise<void> {
  await workspace.run(
    workspace.vectors(
      plans.flatMap(({ merged, split: { at, rows, length, stride } }) =>
        Array.from({ length: rows }, (_, row): VectorJob => {
          const from = merged.at + row * length;
          return { from, to: at + row * stride, length, factor: 1 };
        }),
      ),
    ),
  );
  const spectra = await decompose(
    workspace,
    plans.map(({ split }) => split),
  );
  const parts = plans.flatMap((plan, index) => {
    const spectrum = spectra[index];
    return spectrum === undefined ? [] : [partOf(plan, spectrum, alpha)];
  });
  const jobs = (name: 'left' | 'projected' | 'cleared' | 'back' | 'removed') =>
    parts.map((part) => part[name]);
  await workspace.run(
    workspace.vectors(parts.flatMap(({ bases }) => bases)),
    workspace.products(jobs('left')),
    workspace.products([...jobs('projected'), ...jobs('cleared')]),
    workspace.vectors(parts.flatMap(({ mask }) => mask)),
    workspace.products(jobs('back')),
    workspace.products(jobs('removed'), { alpha: -1, beta: 1 }),
    workspace.vectors(parts.map(({ sum }) => ({ ...sum, from: sum.to, factor: previous }))),
    workspace.vectors(
      parts.map(({ sum }) => sum),
      true,
    ),
  );
}

function partOf(plan: OpcmPlan, spectrum: Spectrum, alpha: number) {
  const { rows, length } = plan.split;
  const { short, long, task, left, projected, masked } = plan;
  const bases = takeTriplets(
    spectrum,
    { first: 0, count: rows, row: 0 },
    { at: short.at, stride: rows },
    { at: long.at, stride: length },
  );
  const leading = splitRank(spectrum.sigma, alpha);
  const mask = Array.from({ length: rows }, (_, row): VectorJob => {
    const isLeading = row < leading;
    const at = row * rows + (isLeading ? 0 : row);
    const count = isLeading ? leading : 1;
    return { from: projected.at + at, to: masked.at + at, length: count, factor: 1 };
  });
  const square = { M: rows, N: rows };
  const wide = { M: rows, N: length, K: rows };
  const nothing = rowMajor(0, 0);
  return {
    bases,
    mask,
    left: { ...wide, a: short, b: task, out: left } satisfies ProductJob,
    projected: { ...square, K: length, a: left, b: transposed(long), out: projected },
    cleared: { ...square, K: 0, a: nothing, b: nothing, out: masked },
    back: { ...wide, a: masked, b: long, out: left },
    removed: { ...wide, a: transposed(short), b: left, out: task, addend: task.at },
    sum: { from: task.at, to: plan.merged.at, length: rows * length, factor: 1 },
  };
}
