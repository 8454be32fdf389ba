import type { ParameterLayout } from '../../../src/core/layout.ts';
import type { SignCounts } from '../../../src/merge/analysis/task-vector-table.ts';

export interface NaiveRequest {
  readonly base: Float32Array;
  readonly models: readonly Float32Array[];
  readonly isIncluded?: (tensor: string) => boolean;
  readonly trim?: number;
}

/** Task vectors of one tensor in float64; the differences are those of float32. */
function deltasOf(request: NaiveRequest, offset: number, size: number): Float64Array[] {
  return request.models.map((model) =>
    Float64Array.from({ length: size }, (_, i) =>
      Math.fround((model[offset + i] ?? NaN) - (request.base[offset + i] ?? NaN)),
    ),
  );
}

/** By its definition: sort all magnitudes, the first ⌊trim·n⌋ fall unless they equal the next. */
function thresholds(layout: ParameterLayout, request: NaiveRequest): number[] {
  const { isIncluded = () => true, trim = 0, models } = request;
  const entries = layout.entries.filter(({ name }) => isIncluded(name));
  return models.map((_, k) => {
    const sizes = entries
      .flatMap(({ offset, size }) => Array.from(deltasOf(request, offset, size)[k] ?? [], Math.abs))
      .sort((a, b) => a - b);
    return sizes[Math.floor(trim * sizes.length)] ?? 0;
  });
}

function signsOf(deltas: readonly Float64Array[], cuts: readonly number[]): SignCounts {
  const counts = { same: 0, conflict: 0, zero: 0, first: 0, other: 0 };
  for (let i = 0; i < (deltas[0]?.length ?? 0); i++) {
    const signs = deltas.map((delta, k) => {
      const value = delta[i] ?? NaN;
      return Math.abs(value) >= (cuts[k] ?? 0) ? Math.sign(value) : 0;
    });
    const [own = 0, ...others] = signs;
    if (signs.includes(1) && signs.includes(-1)) counts.conflict++;
    else if (signs.every((sign) => sign === 0)) counts.zero++;
    else if (signs.every((sign) => sign !== 0)) counts.same++;
    else if (own !== 0 && others.every((sign) => sign === 0)) counts.first++;
    else counts.other++;
  }
  return counts;
}

function productsOf(deltas: readonly Float64Array[]): number[][] {
  return deltas.map((a, i) =>
    deltas.slice(0, i + 1).map((b) => a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0)),
  );
}

/** What `taskVectorTable` counts and sums, straight from the definitions. */
export function naiveTensors(layout: ParameterLayout, request: NaiveRequest) {
  const { isIncluded = () => true } = request;
  const cuts = thresholds(layout, request);
  return layout.entries
    .filter(({ name }) => isIncluded(name))
    .map(({ name, offset, size }) => {
      const deltas = deltasOf(request, offset, size);
      const pairs = deltas.flatMap((a, i) =>
        deltas.slice(i + 1).map((b, j) => signsOf([a, b], [cuts[i] ?? 0, cuts[i + 1 + j] ?? 0])),
      );
      return {
        name,
        signs: signsOf(deltas, cuts),
        pairs,
        moments: deltas.map((delta) => ({
          sum: delta.reduce((a, b) => a + b, 0),
          absolute: delta.reduce((a, b) => a + Math.abs(b), 0),
          least: Math.min(...delta),
          most: Math.max(...delta),
        })),
        gram: productsOf(deltas),
        trimmedGram: productsOf(
          deltas.map((delta, k) => delta.map((x) => (Math.abs(x) >= (cuts[k] ?? 0) ? x : 0))),
        ),
      };
    });
}
