import type { MetricValue } from '../data/types.ts';
import { rankGains } from './metrics.ts';

/**
 * A metric with what every user moves it by: the empirical influence of the users, which sums to 0.
 * A mean, an AUC and a mean of AUCs all are sums over users to first order, so that their standard
 * errors, and those of differences of two models on the same users, follow from these numbers alone,
 * however many impressions a user has.
 */
export interface Influence extends Pick<MetricValue, 'metric' | 'k' | 'value'> {
  /** By the user's id, in the unit of the value. */
  readonly users: ReadonlyMap<string, number>;
}

/** @param users id of each rank's user, all different */
export function rankInfluence(
  users: readonly string[],
  ranks: readonly number[],
  cutoffs: readonly number[],
): Influence[] {
  return rankGains(ranks, cutoffs).map(({ metric, k, gains }) => {
    const n = gains.length;
    const value = gains.reduce((sum, gain) => sum + gain, 0) / n;
    const share = (gain: number | undefined) => ((gain ?? 0) - value) / n;
    return { metric, k, value, users: new Map(users.map((user, at) => [user, share(gains[at])])) };
  });
}

/**
 * Standard error over users: √(n / (n − 1) · Σ u²), for a mean of one value a user s / √n. 0 for
 * fewer than two users.
 * @source Liang and Zeger 1986, doi:10.1093/biomet/73.1.13 (cluster-robust variance)
 */
export function influenceError({ users }: Pick<Influence, 'users'>): number {
  const n = users.size;
  if (n < 2) return 0;
  let squares = 0;
  for (const share of users.values()) squares += share ** 2;
  return Math.sqrt((squares * n) / (n - 1));
}

/** `a` − `b`, of the same metric on the same users: a user that both serve alike moves nothing. */
export function influenceDifference(a: Influence, b: Influence): Influence {
  const users = new Map(a.users);
  for (const [user, share] of b.users) users.set(user, (users.get(user) ?? 0) - share);
  return { metric: a.metric, k: a.k, value: a.value - b.value, users };
}

/** The mean of one metric over several runs on the same users. @param all at least one */
export function meanInfluence(all: readonly Influence[]): Influence | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const users = new Map<string, number>();
  for (const one of all) {
    for (const [user, share] of one.users) {
      users.set(user, (users.get(user) ?? 0) + share / all.length);
    }
  }
  const value = all.reduce((sum, one) => sum + one.value, 0) / all.length;
  return { metric: first.metric, k: first.k, value, users };
}
