import type { MetricValue } from '../data/types.ts';
import { meanAndError } from '../evaluation/metrics.ts';
import { areaUnderCurve, crossEntropy, groupedAuc } from './ctr-metrics.ts';

/** Whose impression a score is for, and whether it was clicked. */
interface ScoredImpression {
  readonly user: number;
  readonly label: 0 | 1;
}

/**
 * AUC and GAUC in percent, log loss in nats, each with its standard error over impressions (AUC:
 * DeLong et al. 1988, doi:10.2307/2531595; GAUC: over users, weighted by their impressions); over
 * users: `clickInfluence`. A metric that is not defined on these impressions is left out. `k` is 0:
 * there is no cut-off.
 * @errors as `areaUnderCurve`
 */
export function clickMetricValues(
  samples: readonly ScoredImpression[],
  logits: ArrayLike<number>,
): MetricValue[] {
  const labels = samples.map(({ label }) => label);
  const users = samples.map(({ user }) => user);
  const auc = areaUnderCurve({ labels, scores: logits });
  const grouped = groupedAuc({ labels, scores: logits }, users);
  const losses = labels.map((label, i) => crossEntropy(label, logits[i] ?? NaN));
  const values: Omit<MetricValue, 'k'>[] = [];
  if (auc !== null) {
    const error = aucError(labels, logits);
    values.push({ metric: 'auc', value: 100 * auc, standardError: 100 * error, n: losses.length });
  }
  if (grouped.value !== null) {
    const { value, standardError, users: n } = grouped;
    values.push({ metric: 'gauc', value: 100 * value, standardError: 100 * standardError, n });
  }
  values.push({ metric: 'log-loss', ...meanAndError(losses) });
  return values.map((value) => ({ k: 0, ...value }));
}

/**
 * Standard error of the AUC: its placement values vary independently in both classes. 0 with a
 * single sample in a class.
 */
export function aucError(labels: readonly number[], scores: ArrayLike<number>): number {
  const placements: [number[], number[]] = [[], []];
  for (const { at, share } of placementValues(labels, scores)) {
    placements[labels[at] === 1 ? 1 : 0].push(share);
  }
  return Math.hypot(...placements.map((values) => meanAndError(values).standardError));
}

/**
 * Of each impression the share of the other class that its score beats, ties one half; from the
 * lowest score up. The mean over the positives is the AUC, over the negatives 1 − AUC.
 */
export function placementValues(
  labels: readonly number[],
  scores: ArrayLike<number>,
): { readonly at: number; readonly share: number }[] {
  const order = labels.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const counts = [0, 0];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const placements: { at: number; share: number }[] = [];
  const below = [0, 0];
  for (let start = 0; start < order.length;) {
    const score = scores[order[start] ?? 0];
    let end = start;
    const equal = [0, 0];
    while (end < order.length && scores[order[end] ?? 0] === score) {
      const label = labels[order[end] ?? 0] ?? 0;
      equal[label] = (equal[label] ?? 0) + 1;
      end++;
    }
    for (const at of order.slice(start, end)) {
      const other = 1 - (labels[at] ?? 0);
      const share = ((below[other] ?? 0) + (equal[other] ?? 0) / 2) / (counts[other] ?? 1);
      placements.push({ at, share });
    }
    for (const label of [0, 1]) below[label] = (below[label] ?? 0) + (equal[label] ?? 0);
    start = end;
  }
  return placements;
}
