import type { Executor } from '../../../src/compute/executor.ts';
import { bandCounts } from '../../../src/merge/methods/breadcrumbs.ts';
import type { Rescale } from '../../../src/merge/sparse/sparsify.ts';
import {
  arenaOf,
  mergeGolden,
  parametersOf,
  tensorsOf,
  type GoldenRunner,
} from './golden-cases.ts';
import { sparsifiedOn } from '../suites/run-sparsify.ts';

/** Programs drop the whole task vector of a small tensor; behind a switch here. */
const compatible: GoldenRunner = (executor, file, golden) =>
  mergeGolden(executor, file, golden, {
    ...parametersOf(golden),
    ...(golden.quirk === true && { compat: 'mergekit' }),
  });

/** Probabilities are reported tensor by tensor; these cases have one tensor and no such suffix. */
const ranked: GoldenRunner = async (executor, file, golden) => {
  const outputs = await mergeGolden(executor, file, golden);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => [
      name.replace(/^(keep_prob_m\d+)\..*/, '$1'),
      values,
    ]),
  );
};

/** The merged tensors of these cases carry a prefix. */
const consensus: GoldenRunner = async (executor, file, golden) => {
  const outputs = await mergeGolden(executor, file, golden);
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, values]) => [
      [name, values],
      [`merged.${name}`, values],
    ]),
  );
};

/** A task vector in, what stays of it out. */
const sparsified: GoldenRunner = async (executor: Executor, file, golden) => {
  const { layout, values } = arenaOf(file, golden.models[0] ?? {});
  const {
    density,
    gamma = 0,
    rescale_norm: norm,
  } = golden.params as {
    density: number;
    gamma?: number;
    rescale_norm: Rescale | null;
  };
  const counts = (size: number) => bandCounts(size, density, gamma);
  const drop = {
    kind: 'band',
    keep: (_: number, size: number) => counts(size).keep,
    skip: (_: number, size: number) => counts(size).skip,
  } as const;
  const [result = values] = await sparsifiedOn(executor, layout, [values], drop, norm ?? 'none');
  return tensorsOf(layout, result);
};

/** Cases that need more than a merge with their parameters. */
export const SPARSE_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  breadcrumbs: compatible,
  breadcrumbs_ties: compatible,
  della: ranked,
  della_linear: ranked,
  tall_consensus: consensus,
  sparsify_magnitude: sparsified,
  sparsify_magnitude_outliers: sparsified,
};
