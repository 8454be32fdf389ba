import type { ClickSample } from '../behaviour/behaviour-types.ts';
import type { MetricValue } from '../types.ts';
import { areaUnderCurve, logLoss } from './ctr-metrics.ts';

type Scored = readonly Pick<ClickSample, 'user' | 'label'>[];

/**
 * AUC and GAUC in percent, log loss in nats, each with its standard error over impressions (AUC:
 * DeLong et al. 1988, doi:10.2307/2531595; GAUC: over users, weighted by their impressions). A metric
 * that is not defined on these impressions is left out. `k` is 0: there is no cut-off.
 * @errors as `areaUnderCurve`
 */
export function clickMetricValues(samples: Scored, logits: ArrayLike<number>): MetricValue[] {
  const labels = samples.map(({ label }) => label);
  const n = samples.length;
  const auc = areaUnderCurve({ labels, scores: logits });
  const grouped = groupedWithError(samples, logits);
  const losses = samples.map(({ label }, i) =>
    logLoss({ labels: [label], scores: [logits[i] ?? NaN] }),
  );
  return [
    ...(auc === null
      ? []
      : [
          {
            metric: 'auc' as const,
            value: 100 * auc,
            standardError: 100 * aucError(labels, logits),
            n,
          },
        ]),
    ...(grouped === null ? [] : [{ metric: 'gauc' as const, ...grouped }]),
    { metric: 'log-loss' as const, value: mean(losses), standardError: meanError(losses), n },
  ].map((value) => ({ k: 0, ...value }));
}

/**
 * Standard error of the AUC: its placement values (the share of the other class that a score
 * beats, ties one half) vary independently in both classes. 0 with a single sample in a class.
 */
export function aucError(labels: readonly number[], scores: ArrayLike<number>): number {
  const order = labels.map((_, i) => i).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const counts = [0, 0];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const placements: [number[], number[]] = [[], []];
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
    for (const label of [0, 1] as const) {
      const other = 1 - label;
      const share = ((below[other] ?? 0) + (equal[other] ?? 0) / 2) / (counts[other] ?? 1);
      for (let i = 0; i < (equal[label] ?? 0); i++) placements[label].push(share);
    }
    for (const label of [0, 1]) below[label] = (below[label] ?? 0) + (equal[label] ?? 0);
    start = end;
  }
  return Math.hypot(...placements.map(meanError));
}

function groupedWithError(samples: Scored, logits: ArrayLike<number>) {
  const byUser = new Map<number, number[]>();
  samples.forEach(({ user }, i) => {
    const places = byUser.get(user);
    if (places === undefined) byUser.set(user, [i]);
    else places.push(i);
  });
  const users: { readonly auc: number; readonly weight: number }[] = [];
  for (const places of byUser.values()) {
    const auc = areaUnderCurve({
      labels: places.map((i) => samples[i]?.label ?? 0),
      scores: places.map((i) => logits[i] ?? NaN),
    });
    if (auc !== null) users.push({ auc, weight: places.length });
  }
  const total = users.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  const value = users.reduce((sum, { auc, weight }) => sum + auc * weight, 0) / total;
  const squares = users.reduce((sum, { auc, weight }) => sum + (weight * (auc - value)) ** 2, 0);
  const n = users.length;
  const standardError = n < 2 ? 0 : (Math.sqrt(squares) / total) * Math.sqrt(n / (n - 1));
  return { value: 100 * value, standardError: 100 * standardError, n };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation over √n; 0 for fewer than two values. */
function meanError(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (n - 1) / n);
}
