import type { Influence } from '../evaluation/influence.ts';
import { areaUnderCurve, crossEntropy, groupedAuc } from './ctr-metrics.ts';
import { placementValues } from './metric-values.ts';

/**
 * AUC, GAUC (percent) and log loss (nats) with what every user moves them by, so that a user's
 * impressions count together, however many there are. Of the AUC by its placement values, of GAUC by
 * the users' own AUCs, weighted by impressions. A metric that is not defined here is left out.
 * @param users id of each impression's user
 * @errors as `areaUnderCurve`
 * @source Obuchowski 1997, doi:10.2307/2533958 (the AUC of clustered data)
 */
export function clickInfluence(
  users: readonly string[],
  labels: readonly (0 | 1)[],
  scores: readonly number[],
): Influence[] {
  const auc = areaUnderCurve({ labels, scores });
  return [
    ...(auc === null ? [] : [aucInfluence(users, labels, scores, auc)]),
    ...gaucInfluence(users, labels, scores),
    lossInfluence(users, labels, scores),
  ];
}

function aucInfluence(
  users: readonly string[],
  labels: readonly (0 | 1)[],
  scores: readonly number[],
  auc: number,
): Influence {
  const positives = labels.reduce<number>((sum, label) => sum + label, 0);
  const counts = [labels.length - positives, positives];
  const parts = labels.map(() => NaN);
  for (const { at, share } of placementValues(labels, scores)) {
    const label = labels[at] ?? 0;
    const placement = label === 1 ? share : 1 - share;
    parts[at] = (100 * (placement - auc)) / (counts[label] ?? 1);
  }
  const shares = summed(users, (at) => parts[at] ?? NaN);
  return { metric: 'auc', k: 0, value: 100 * auc, users: shares };
}

function gaucInfluence(
  users: readonly string[],
  labels: readonly (0 | 1)[],
  scores: readonly number[],
): Influence[] {
  const places = new Map<string, number[]>();
  users.forEach((user, at) => {
    const own = places.get(user);
    if (own === undefined) places.set(user, [at]);
    else own.push(at);
  });
  const numbers = new Map([...places.keys()].map((user, number) => [user, number]));
  const { value, impressions } = groupedAuc(
    { labels, scores },
    users.map((user) => numbers.get(user) ?? -1),
  );
  if (value === null) return [];
  const shares = new Map<string, number>();
  for (const [user, own] of places) {
    const auc = areaUnderCurve({
      labels: own.map((at) => labels[at] ?? 0),
      scores: own.map((at) => scores[at] ?? NaN),
    });
    if (auc !== null) shares.set(user, (100 * own.length * (auc - value)) / impressions);
  }
  return [{ metric: 'gauc', k: 0, value: 100 * value, users: shares }];
}

function lossInfluence(
  users: readonly string[],
  labels: readonly (0 | 1)[],
  scores: readonly number[],
): Influence {
  const losses = labels.map((label, at) => crossEntropy(label, scores[at] ?? NaN));
  const n = losses.length;
  const value = losses.reduce((sum, loss) => sum + loss, 0) / n;
  const shares = summed(users, (at) => ((losses[at] ?? NaN) - value) / n);
  return { metric: 'log-loss', k: 0, value, users: shares };
}

/** Sums over the impressions of each user. */
function summed(
  users: readonly string[],
  valueOf: (at: number) => number,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  users.forEach((user, at) => {
    sums.set(user, (sums.get(user) ?? 0) + valueOf(at));
  });
  return sums;
}
