import { writeCsv } from '../../io/csv-write.ts';
import type { ResultRow } from './results.ts';

const HEADER = [
  'run_id',
  'model_id',
  'model',
  'kind',
  'recipe_hash',
  'eval_domain',
  'eval_period',
  'split',
  'metric',
  'k',
  'value',
  'stderr',
  'n_users',
  'seed',
  'tier',
  'backend',
  'adapter',
  'engine_version',
  'created_at',
  'stderr_by_user',
  'other_value',
] as const;

/**
 * The results as tidy CSV: one metric of one model on one context a line; values are percent, of log
 * loss nats. `stderr` of clicks takes impressions for independent, `stderr_by_user` does not; it is
 * empty for results of older builds. `other_value` is that with the history left in where `value` has
 * it masked, or the other way round.
 * @errors non-finite when a value or standard error is not a number
 */
export function resultsCsv(rows: readonly ResultRow[]): string {
  return writeCsv(
    HEADER,
    rows.map((row) => [
      row.runId,
      row.modelId,
      row.model,
      row.kind,
      row.recipeHash,
      row.evalDomain,
      row.evalPeriod,
      row.split,
      row.metric,
      row.k,
      row.value,
      row.standardError,
      row.nUsers,
      row.seed,
      row.tier,
      row.backend,
      row.adapter,
      row.engineVersion,
      row.createdAt,
      // A user has one target: of rankings both are the same.
      row.userError ?? (row.k > 0 ? row.standardError : null),
      row.otherValue ?? null,
    ]),
  );
}
