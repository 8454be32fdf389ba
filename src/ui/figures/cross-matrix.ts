import type { MatrixCell, MatrixRow } from '../../charts/matrix.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { rowsFor, unique } from '../state/selectors.ts';

export interface CrossMatrix {
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** Models × test contexts for trained checkpoints (merges and baselines have their own places). */
export function crossMatrix(
  rows: readonly ResultRow[],
  metric: ResultRow['metric'],
  k: number,
  seed: number | undefined,
): CrossMatrix {
  const used = rowsFor(rows, metric, k).filter(
    (row) =>
      (row.kind === 'cell' || row.kind === 'base') && (seed === undefined || row.seed === seed),
  );
  const contexts = unique(used.map((row) => row.evalDomain));
  const models = unique(used.map((row) => row.model));
  return {
    columns: contexts,
    rows: models.map((model) => ({
      label: model,
      cells: contexts.map((context) =>
        cellFrom(used.filter((row) => row.model === model && row.evalDomain === context)),
      ),
    })),
  };
}

/** A full evaluation and a capped one may both exist: the one with more users counts. */
function cellFrom(rows: readonly ResultRow[]): MatrixCell | null {
  const best = rows.toSorted((a, b) => b.nUsers - a.nUsers)[0];
  if (best === undefined) return null;
  return {
    value: best.value,
    standardError: shownError(best),
    own: best.own && best.kind === 'cell',
  };
}
