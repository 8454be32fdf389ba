import { AppError } from '../../core/errors.ts';
import { softplus } from '../../core/softplus.ts';

/** One scored impression: what the model said and whether it was clicked (or bought). */
export interface ScoredLabels {
  /** 0 or 1 each. */
  readonly labels: ArrayLike<number>;
  /** Logits or probabilities: AUC only needs their order. */
  readonly scores: ArrayLike<number>;
}

/** Area under the ROC curve by user, and whom it leaves out. */
export interface GroupedAuc {
  /** Mean of the users' AUC, weighted by their impressions; null when every user is left out. */
  readonly value: number | null;
  /** Users with both classes. */
  readonly users: number;
  /** Users with clicks only or without any: their AUC is not defined. */
  readonly leftOut: number;
  readonly impressions: number;
  /** Of `value`, over the users who count; 0 for fewer than two. */
  readonly standardError: number;
}

/**
 * Probability that a positive stands above a negative; a tie counts one half (rank average).
 * @returns null when one class is missing
 * @errors  invalid-argument (labels other than 0 and 1, lengths that differ), non-finite
 * @source  Mann–Whitney U; Fawcett 2006, doi:10.1016/j.patrec.2005.10.010
 */
export function areaUnderCurve({ labels, scores }: ScoredLabels): number | null {
  checkScored({ labels, scores });
  const order = Array.from({ length: labels.length }, (_, i) => i);
  order.sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let clicked = 0;
    const score = scores[order[start] ?? 0];
    while (end < order.length && scores[order[end] ?? 0] === score) {
      clicked += labels[order[end] ?? 0] ?? 0;
      end++;
    }
    // Ranks start + 1 … end are equal: each counts as their mean.
    rankSum += clicked * ((start + 1 + end) / 2);
    positives += clicked;
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * GAUC: each user's own AUC, weighted by impressions, over users who have both classes.
 * @errors as `areaUnderCurve`
 * @source Zhu et al. 2017, arXiv:1703.02091
 */
export function groupedAuc(scored: ScoredLabels, users: ArrayLike<number>): GroupedAuc {
  checkScored(scored);
  if (users.length !== scored.labels.length) {
    throw new AppError(
      'invalid-argument',
      `There are ${users.length} users for ${scored.labels.length} impressions.`,
    );
  }
  const byUser = new Map<number, number[]>();
  for (let i = 0; i < users.length; i++) {
    const user = users[i] ?? 0;
    const list = byUser.get(user);
    if (list === undefined) byUser.set(user, [i]);
    else list.push(i);
  }
  const counted: { readonly auc: number; readonly weight: number }[] = [];
  for (const places of byUser.values()) {
    const auc = areaUnderCurve({
      labels: places.map((i) => scored.labels[i] ?? 0),
      scores: places.map((i) => scored.scores[i] ?? 0),
    });
    if (auc !== null) counted.push({ auc, weight: places.length });
  }
  const impressions = counted.reduce((sum, { weight }) => sum + weight, 0);
  const n = counted.length;
  const common = { users: n, leftOut: byUser.size - n, impressions };
  if (n === 0) return { value: null, standardError: 0, ...common };
  const value = counted.reduce((sum, { auc, weight }) => sum + auc * weight, 0) / impressions;
  const squares = counted.reduce((sum, { auc, weight }) => sum + (weight * (auc - value)) ** 2, 0);
  const standardError = n < 2 ? 0 : Math.sqrt((squares * n) / (n - 1)) / impressions;
  return { value, standardError, ...common };
}

/**
 * Mean binary cross-entropy of logits, in nats: softplus(z) − y z.
 * @errors as `areaUnderCurve`; invalid-argument without impressions
 */
export function logLoss({ labels, scores }: ScoredLabels): number {
  checkScored({ labels, scores });
  if (labels.length === 0) throw new AppError('invalid-argument', 'There are no impressions.');
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += crossEntropy(labels[i] ?? 0, scores[i] ?? 0);
  return sum / labels.length;
}

/** Binary cross-entropy of one logit z, in nats. */
export function crossEntropy(label: number, z: number): number {
  return softplus(z) - label * z;
}

function checkScored({ labels, scores }: ScoredLabels): void {
  if (labels.length !== scores.length) {
    throw new AppError(
      'invalid-argument',
      `There are ${scores.length} scores for ${labels.length} labels.`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label !== 0 && label !== 1) {
      throw new AppError('invalid-argument', `Label ${i + 1} is ${label}, neither 0 nor 1.`, {
        hint: 'A label says whether the impression was clicked: 1, or not: 0.',
      });
    }
    if (!Number.isFinite(scores[i])) {
      throw new AppError('non-finite', `Score ${i + 1} is not a finite number.`, {
        hint: 'The model has diverged: train it with a smaller learning rate.',
      });
    }
  }
}
