import { AppError } from '../../core/errors.ts';
import { areaUnderCurve, groupedAuc, logLoss } from '../ctr/ctr-metrics.ts';
import type { ClickMetrics, ClickSample } from './behaviour-types.ts';

/**
 * AUC, GAUC and log loss of scored impressions.
 * @param logits in the order of the samples
 * @errors invalid-argument (lengths that differ, labels other than 0 and 1, no impressions),
 *   non-finite
 */
export function clickMetrics(
  samples: readonly Pick<ClickSample, 'user' | 'label'>[],
  logits: ArrayLike<number>,
): ClickMetrics {
  if (samples.length === 0) {
    throw new AppError('invalid-argument', 'There are no impressions to measure.');
  }
  const labels = samples.map(({ label }) => label);
  const scored = { labels, scores: logits };
  const grouped = groupedAuc(
    scored,
    samples.map(({ user }) => user),
  );
  return {
    auc: areaUnderCurve(scored),
    gauc: grouped.value,
    gaucLeftOut: grouped.leftOut,
    gaucUsers: grouped.users,
    logLoss: logLoss(scored),
    impressions: samples.length,
    positives: labels.reduce<number>((sum, label) => sum + label, 0),
  };
}
