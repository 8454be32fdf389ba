import { checkArena } from './arena-checks.ts';
import type { ParameterLayout } from '../core/layout.ts';

/** How task vectors relate. Shares are of all parameters looked at, 0…1. */
export interface TaskVectorStatistics {
  readonly parameters: number;
  /** L2 norm of each task vector. */
  readonly norms: readonly number[];
  /** cosines[i][j]; 0 where a task vector is zero. */
  readonly cosines: readonly (readonly number[])[];
  /** All non-zero and of one sign. */
  readonly sameSign: number;
  /** At least one positive and one negative: merging them cancels. */
  readonly conflict: number;
  readonly allZero: number;
  /** The rest: some zero, the others of one sign. */
  readonly partial: number;
}

/**
 * Norms, cosines and sign agreement of task vectors θₖ − θᵦ, in float64 on the host.
 * @param isIncluded which tensors count; MMGRid leaves out embedding and head
 */
export function taskVectorStatistics(
  layout: ParameterLayout,
  base: Float32Array,
  models: readonly Float32Array[],
  isIncluded: (tensor: string) => boolean = () => true,
): TaskVectorStatistics {
  for (const arena of [base, ...models]) checkArena(layout, arena, 'A model');
  const gram = models.map(() => models.map(() => 0));
  let parameters = 0;
  let sameSign = 0;
  let conflict = 0;
  let allZero = 0;
  const deltas = new Float64Array(models.length);
  for (const entry of layout.entries.filter(({ name }) => isIncluded(name))) {
    parameters += entry.size;
    for (let i = entry.offset; i < entry.offset + entry.size; i++) {
      let positive = 0;
      let negative = 0;
      models.forEach((model, k) => {
        const delta = (model[i] ?? 0) - (base[i] ?? 0);
        deltas[k] = delta;
        if (delta > 0) positive++;
        if (delta < 0) negative++;
        const row = gram[k] ?? [];
        for (let j = 0; j <= k; j++) row[j] = (row[j] ?? 0) + delta * (deltas[j] ?? 0);
      });
      if (positive > 0 && negative > 0) conflict++;
      else if (positive + negative === 0) allZero++;
      else if (positive + negative === models.length) sameSign++;
    }
  }
  const norms = gram.map((row, k) => Math.sqrt(row[k] ?? 0));
  const cosines = norms.map((a, i) =>
    norms.map((b, j) =>
      a * b === 0 ? 0 : (gram[Math.max(i, j)]?.[Math.min(i, j)] ?? 0) / (a * b),
    ),
  );
  const share = (count: number) => (parameters === 0 ? 0 : count / parameters);
  return {
    parameters,
    norms,
    cosines,
    sameSign: share(sameSign),
    conflict: share(conflict),
    allZero: share(allZero),
    partial: share(parameters - sameSign - conflict - allZero),
  };
}
