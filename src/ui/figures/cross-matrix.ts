import type { MatrixCell, MatrixRow } from '../../charts/matrix.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { rowsFor, unique } from '../state/selectors.ts';

export interface CrossMatrix {
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** Base, cells and merges, in this order; baselines have their own place. */
const KINDS: readonly ResultRow['kind'][] = ['base', 'cell', 'merge'];

/** Every trained or merged model × every test context. */
export function crossMatrix(
  rows: readonly ResultRow[],
  metric: ResultRow['metric'],
  k: number,
  seed: number | undefined,
): CrossMatrix {
  const used = rowsFor(rows, metric, k).filter(
    (row) => KINDS.includes(row.kind) && (seed === undefined || row.seed === seed),
  );
  const contexts = unique(used.map((row) => row.evalDomain));
  // What a number of users is compared with: the whole test window of the context.
  const whole = new Map(
    contexts.map((context) => {
      const counts = used.filter((row) => row.evalDomain === context).map((row) => row.nUsers);
      return [context, Math.max(...counts)];
    }),
  );
  return {
    columns: contexts,
    rows: KINDS.flatMap((kind) => {
      const own = used.filter((row) => row.kind === kind);
      return unique(own.map((row) => row.model)).map((model): MatrixRow => {
        const ofModel = own.filter((row) => row.model === model);
        return {
          label: model,
          id: ofModel[0]?.modelId ?? '',
          isMerge: kind === 'merge',
          cells: contexts.map((context) =>
            cellFrom(
              ofModel.filter((row) => row.evalDomain === context),
              whole.get(context) ?? 0,
            ),
          ),
        };
      });
    }),
  };
}

/**
 * The matrix less one of its rows, column by column. Null where the two were asked about different
 * numbers of users: their difference would be one of users, too.
 */
export function differenceFrom({ columns, rows }: CrossMatrix, label: string): CrossMatrix {
  const reference = rows.find((row) => row.label === label);
  return {
    columns,
    rows: rows.map((row) => ({
      ...row,
      cells: row.cells.map((cell, column): MatrixCell | null => {
        const other = reference?.cells[column] ?? null;
        if (cell === null || other === null || cell.users !== other.users) return null;
        return { ...cell, value: cell.value - other.value, standardError: NaN };
      }),
    })),
  };
}

/** A full evaluation and a capped one may both exist: the one with more users counts. */
function cellFrom(rows: readonly ResultRow[], whole: number): MatrixCell | null {
  const best = rows.toSorted((a, b) => b.nUsers - a.nUsers)[0];
  if (best === undefined) return null;
  return {
    value: best.value,
    standardError: shownError(best),
    own: best.own && best.kind === 'cell',
    users: best.nUsers,
    isProbe: best.nUsers < whole,
  };
}
