import { methodIds } from '../../../src/lab/merging/merge-methods.ts';
import { mergeGolden, type GoldenFile, type GoldenRunner } from './golden-cases.ts';
import { ANALYSIS_RUNNERS } from './golden-analysis.ts';
import { SPARSE_RUNNERS } from './golden-sparse.ts';
import { SPECTRAL_RUNNERS } from './golden-spectral.ts';
import { SPHERICAL_RUNNERS } from './golden-spherical.ts';

/** Methods whose cases are not merges of the registry, or need more than parameters. */
const RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  ...ANALYSIS_RUNNERS,
  ...SPARSE_RUNNERS,
  ...SPECTRAL_RUNNERS,
  ...SPHERICAL_RUNNERS,
};

/** How each method of the file runs here; methods this project lacks are absent. */
export function runnersOf(file: GoldenFile): ReadonlyMap<string, GoldenRunner> {
  const known = new Set(methodIds());
  const runners = new Map<string, GoldenRunner>();
  for (const method of new Set(file.cases.map((item) => item.method))) {
    const runner = RUNNERS[method] ?? (known.has(method) ? mergeGolden : undefined);
    if (runner !== undefined) runners.set(method, runner);
  }
  return runners;
}
