import { AppError } from '../../core/errors.ts';
import type { MetricValue, RankedList } from '../data/types.ts';

export const CUTOFFS: readonly number[] = [5, 10, 20];

const GAINS = [
  ['recall', () => 1],
  ['ndcg', (rank: number) => 1 / Math.log2(rank + 1)],
  ['mrr', (rank: number) => 1 / rank],
] as const satisfies readonly (readonly [MetricValue['metric'], (rank: number) => number])[];

type RankMetric = (typeof GAINS)[number][0];

/**
 * Recall@k (one positive: the hit rate), NDCG@k = 1 / log2(rank + 1) and MRR@k = 1 / rank, in
 * percent, rank 1 being the best. The standard error is the sample standard deviation over users
 * divided by √n; a single user has none, shown as 0.
 * @errors data-invalid without lists; invalid-argument for a cut-off that is no positive integer
 */
export function rankingMetrics(
  lists: readonly RankedList[],
  cutoffs: readonly number[] = CUTOFFS,
): MetricValue[] {
  if (lists.length === 0) {
    throw new AppError('data-invalid', 'There are no ranked lists to measure.');
  }
  return rankMetrics(lists.map(rankOf), cutoffs);
}

/** 1-based place of what was taken next; 0 where the list lacks it. */
export function rankOf({ items, target }: Pick<RankedList, 'items' | 'target'>): number {
  return target < 0 ? 0 : items.indexOf(target) + 1;
}

/** The same of 1-based ranks; 0 stands for a target that is not in the list. */
export function rankMetrics(
  ranks: readonly number[],
  cutoffs: readonly number[] = CUTOFFS,
): MetricValue[] {
  return rankGains(ranks, cutoffs).map(({ metric, k, gains }) => {
    return { metric, k, ...meanAndError(gains) };
  });
}

/** What every rank is worth in every metric, percent. @errors invalid-argument, as above */
export function rankGains(
  ranks: readonly number[],
  cutoffs: readonly number[] = CUTOFFS,
): { metric: RankMetric; k: number; gains: readonly number[] }[] {
  return GAINS.flatMap(([metric, gain]) =>
    cutoffs.map((k) => {
      if (!Number.isInteger(k) || k < 1) {
        throw new AppError('invalid-argument', `The cut-off ${String(k)} is no positive integer.`);
      }
      const gains = ranks.map((rank) => (rank >= 1 && rank <= k ? 100 * gain(rank) : 0));
      return { metric, k, gains };
    }),
  );
}

/** Mean with its standard error, s / √n; 0 for a single value. */
export function meanAndError(scores: readonly number[]): {
  readonly value: number;
  readonly standardError: number;
  readonly n: number;
} {
  const n = scores.length;
  const value = scores.reduce((sum, score) => sum + score, 0) / n;
  const squares = scores.reduce((sum, score) => sum + (score - value) ** 2, 0);
  return { value, standardError: n < 2 ? 0 : Math.sqrt(squares / (n - 1) / n), n };
}
