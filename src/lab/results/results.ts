import type { ResultMetric } from './result-metrics.ts';

/** The standard error that is shown: over users, where it is known. */
export function shownError({
  standardError,
  userError,
}: Pick<ResultRow, 'standardError' | 'userError'>): number {
  return userError ?? standardError;
}

/** One line of the results table: one metric of one model (or baseline) on one context. */
export interface ResultRow {
  readonly runId: string;
  readonly modelId: string;
  /** Shown name: "Office/phase2", "ties (base = pretrain mean)", "most popular". */
  readonly model: string;
  readonly kind: 'cell' | 'base' | 'merge' | 'baseline';
  /** SHA-256 prefix of the merge recipe; '' for other kinds. */
  readonly recipeHash: string;
  readonly evalDomain: string;
  readonly evalPeriod: string;
  readonly split: 'test' | 'validation';
  readonly metric: ResultMetric;
  /** Cut-off of a ranking; 0 for AUC, GAUC and log loss. */
  readonly k: number;
  /** Percent; of log loss nats, where less is better. */
  readonly value: number;
  readonly standardError: number;
  /**
   * Of metrics of clicks: the standard error over users, whose impressions count together; absent
   * where an older build stored the result.
   */
  readonly userError?: number;
  /**
   * The same metric with the history left in where `value` has it masked, or the other way round;
   * only where `evaluation.maskHistory` was chosen.
   */
  readonly otherValue?: number;
  readonly nUsers: number;
  readonly seed: number;
  readonly tier: 'probe' | 'full';
  /** True when the evaluated context is the model's own domain. */
  readonly own: boolean;
  readonly backend: string;
  readonly adapter: string;
  readonly engineVersion: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}
