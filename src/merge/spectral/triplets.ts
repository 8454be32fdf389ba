import { rowMajor, transposed, type Place, type ProductJob, type VectorJob } from './jobs.ts';
import { polarFactors, type PolarPlan } from './polar.ts';
import { longVector, shortVector, unitFactor, type RowMatrix, type Spectrum } from './svd.ts';
import type { Workspace } from './workspace.ts';

/** Triplets `first` … `first + count − 1` by size, to be put from row `row` on. */
export interface TripletRange {
  readonly first: number;
  readonly count: number;
  readonly row: number;
}

/** Copies singular vectors as unit rows; those beyond the rank become 0 on both sides. */
export function takeTriplets(
  spectrum: Spectrum,
  range: TripletRange,
  short: Pick<RowMatrix, 'at' | 'stride'>,
  long: Pick<RowMatrix, 'at' | 'stride'>,
): VectorJob[] {
  const { rows, length } = spectrum.matrix;
  return Array.from({ length: range.count }, (_, index) => {
    const j = range.first + index;
    const row = range.row + index;
    const factor = unitFactor(spectrum, j);
    return [
      {
        ...{ from: shortVector(spectrum, j), to: short.at + row * short.stride, length: rows },
        factor: factor === 0 ? 0 : 1,
      },
      { from: longVector(spectrum, j), to: long.at + row * long.stride, length, factor },
    ];
  }).flat();
}

/** Unit vectors of both sides, a row each, with a weight a row. */
export interface Joined {
  readonly short: PolarPlan;
  readonly long: PolarPlan;
  readonly weights: readonly number[];
  readonly out: Place;
}

/** out = polar(short)ᵀ · diag(weights) · polar(long). */
export async function joinTriplets(workspace: Workspace, joins: readonly Joined[]): Promise<void> {
  const polars = await polarFactors(
    workspace,
    joins.flatMap(({ short, long }) => [short, long]),
  );
  const weighted: VectorJob[] = [];
  const products = joins.flatMap(({ short, long, weights, out }, index): ProductJob[] => {
    const [a, b] = [polars[index * 2]?.place, polars[index * 2 + 1]?.place];
    if (a === undefined || b === undefined) return [];
    const { rows: K, length: N } = long.source;
    weights.forEach((factor, row) => {
      const vector = b.at + row * N;
      weighted.push({ from: vector, to: vector, length: N, factor });
    });
    return [{ M: short.source.length, N, K, a: transposed(a), b, out }];
  });
  await workspace.run(workspace.vectors(weighted), workspace.products(products));
}

/** Row-major place of a work matrix without the rotations behind its rows. */
export function placeOf({ at, stride }: RowMatrix): Place {
  return rowMajor(at, stride);
}
