import { writeCsv } from '../../io/csv-write.ts';
import { bestTrial } from '../merging/best-trial.ts';
import type { SearchTrial } from '../results/artefacts.ts';
import type { SearchSummary } from '../job/events.ts';
import type { JobOf } from '../job/job.ts';

/** A search as pages and files show it. */
export interface SearchResult {
  readonly search: SearchSummary;
  readonly trials: readonly SearchTrial[];
}

export function searchSummary({ name, seed, settings }: JobOf<'search'>): SearchSummary {
  const { method, axes, budget, objective, split } = settings;
  return { name, seed, method, keys: axes.map(({ key }) => key), budget, objective, split };
}

const HEADER = [
  'search',
  'seed',
  'method',
  'trial',
  'varied',
  'parameters',
  'eval_domain',
  'split',
  'metric',
  'k',
  'value',
  'stderr',
  'n_users',
  'score',
  'is_best',
] as const;

/**
 * All trials as tidy CSV: one value of one trial a line; values are percent, `varied` and
 * `parameters` JSON.
 * @errors non-finite when a value is not a number
 */
export function trialsCsv(results: readonly SearchResult[]): string {
  return writeCsv(
    HEADER,
    results.flatMap(({ search, trials }) => {
      const { name, seed, method, objective } = search;
      const best = bestTrial(trials);
      return trials.flatMap(({ point, parameters, score, values }, trial) =>
        values.map(({ domain, split, value, standardError, n }) => [
          name,
          seed,
          method,
          trial,
          JSON.stringify(point),
          JSON.stringify(parameters),
          domain,
          split,
          objective.metric,
          objective.k,
          value,
          standardError,
          n,
          score,
          index01(trial === best),
        ]),
      );
    }),
  );
}

function index01(isSo: boolean): number {
  return isSo ? 1 : 0;
}
