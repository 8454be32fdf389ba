import type { SignCounts, TaskVectorTable, TensorStatistics } from './task-vector-table.ts';

/** Sizes of one task vector over the tensors looked at. */
export interface Magnitudes {
  readonly parameters: number;
  /** ‖τ‖₁ and ‖τ‖₂. */
  readonly l1: number;
  readonly l2: number;
  readonly mean: number;
  /** Of the population: √(mean τ² − mean²). */
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  /** Mean |τ|. */
  readonly meanAbsolute: number;
}

type Tensors = readonly TensorStatistics[];

/** cosines[i][j] of the task vectors over these tensors; 0 where one of the two is zero. */
export function cosineMatrix(tensors: Tensors): number[][] {
  const dot = (i: number, j: number) =>
    tensors.reduce((sum, { gram }) => sum + (gram[Math.max(i, j)]?.[Math.min(i, j)] ?? 0), 0);
  const norms = magnitudeNorms(tensors);
  return norms.map((a, i) => norms.map((b, j) => (a * b === 0 ? 0 : dot(i, j) / (a * b))));
}

/**
 * Angles between the task vectors in degrees, 0 on the diagonal; 90 where one of the two is zero.
 * @source Jang et al. 2024, "Model Stock"; with fusion_bench's 1e-8 in the denominator
 */
export function angleMatrix(tensors: Tensors): number[][] {
  const norms = magnitudeNorms(tensors);
  return cosineMatrix(tensors).map((row, i) =>
    row.map((cosine, j) => {
      if (i === j) return 0;
      const product = (norms[i] ?? 0) * (norms[j] ?? 0);
      const shrunk = (cosine * product) / (product + 1e-8);
      return (Math.acos(Math.min(1, Math.max(-1, shrunk))) * 180) / Math.PI;
    }),
  );
}

/** ‖τ‖₂ of every task vector over these tensors. */
function magnitudeNorms(tensors: Tensors): number[] {
  return (tensors[0]?.gram ?? []).map((_, k) =>
    Math.sqrt(tensors.reduce((sum, { gram }) => sum + (gram[k]?.[k] ?? 0), 0)),
  );
}

export function magnitudesOf(tensors: Tensors, model: number): Magnitudes {
  const total = (pick: (tensor: TensorStatistics) => number) =>
    tensors.reduce((sum, tensor) => sum + pick(tensor), 0);
  const parameters = total(({ size }) => size);
  const squares = total(({ gram }) => gram[model]?.[model] ?? 0);
  const mean = total(({ moments }) => moments[model]?.sum ?? 0) / parameters;
  const l1 = total(({ moments }) => moments[model]?.absolute ?? 0);
  return {
    parameters,
    l1,
    l2: Math.sqrt(squares),
    mean,
    deviation: Math.sqrt(Math.max(0, squares / parameters - mean * mean)),
    least: Math.min(...tensors.map(({ moments }) => moments[model]?.least ?? 0)),
    most: Math.max(...tensors.map(({ moments }) => moments[model]?.most ?? 0)),
    meanAbsolute: l1 / parameters,
  };
}

/**
 * Shares, 0…1, of the coordinates of these tensors.
 * @param pair number of a pair in the order of `TensorStatistics.pairs`; absent: all models
 */
export function signShares(tensors: Tensors, pair?: number): SignCounts {
  const parameters = tensors.reduce((sum, { size }) => sum + size, 0);
  const share = (name: keyof SignCounts) =>
    tensors.reduce((sum, { signs, pairs }) => {
      const counts = pair === undefined ? signs : pairs[pair];
      return sum + (counts?.[name] ?? 0);
    }, 0) / Math.max(1, parameters);
  return {
    same: share('same'),
    conflict: share('conflict'),
    zero: share('zero'),
    first: share('first'),
    other: share('other'),
  };
}

/**
 * The cumulative distribution of one task vector's values at the bins' edges, from −range on: share
 * of values below each edge, one more point than bins.
 */
export function cumulative({ values, range }: TaskVectorTable, model: number) {
  const counts = values[model] ?? [];
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const bins = counts.length - 2;
  let below = 0;
  return Array.from({ length: bins + 1 }, (_, edge) => {
    below += counts[edge] ?? 0;
    return { value: -range + (2 * range * edge) / bins, share: below / total };
  });
}
