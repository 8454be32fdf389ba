import type { RandomStream } from '../../core/rng.ts';
import { bestTrial } from '../merging/best-trial.ts';
import { meanAndError } from '../../rec/evaluation/metrics.ts';

/** What the users of every context say of a group's candidates: by candidate, context, user. */
export interface CandidateGroup {
  readonly name: string;
  readonly values: readonly (readonly (readonly number[])[])[];
}

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  /** Users. */
  readonly n: number;
}

export interface GroupChoice {
  readonly name: string;
  /** Candidate that all users together find best. */
  readonly best: number;
  /** Its value on those same users: flattered by the choice. */
  readonly flattered: number;
  /** How often each candidate was chosen by a half, 0…1. */
  readonly shares: readonly number[];
  /** On users who did not choose. */
  readonly own: Estimate;
  /** This group minus the first, paired by user; null for the first itself. */
  readonly difference: Estimate | null;
}

/** So many ways to cut the users in two: one alone is luck. */
const SPLITS = 20;

/**
 * Every group's best candidate, chosen on half of each context's users by the mean over contexts and
 * measured on the other half, and the other way round; the mean over several cuts, the same for all
 * groups. Contexts count alike, whatever their number of users.
 * @param groups at least one, all of the same contexts and users
 * @numeric standard errors are over users, independent between contexts, choices taken as given
 */
export function chooseInGroups(
  groups: readonly CandidateGroup[],
  random: RandomStream,
): GroupChoice[] {
  const sizes = (groups[0]?.values[0] ?? []).map((users) => users.length);
  const everyone = sizes.map((n) => Array.from({ length: n }, (_, user) => user));
  const splits = Array.from({ length: SPLITS }, () => {
    const orders = everyone.map((users) => random.shuffle([...users]));
    const half = (take: (order: number[]) => number[]) => orders.map(take);
    const first = half((order) => order.slice(0, order.length >> 1));
    const second = half((order) => order.slice(order.length >> 1));
    return [
      { choosing: first, measured: second },
      { choosing: second, measured: first },
    ];
  }).flat();
  const found = groups.map((group) => {
    const shares = group.values.map(() => 0);
    const users = sizes.map((n) => new Float64Array(n));
    for (const { choosing, measured } of splits) {
      const place = bestOf(group, choosing);
      shares[place] = (shares[place] ?? 0) + 1 / splits.length;
      measured.forEach((own, context) => {
        const into = users[context] ?? new Float64Array();
        for (const user of own) {
          into[user] = (into[user] ?? 0) + (group.values[place]?.[context]?.[user] ?? NaN) / SPLITS;
        }
      });
    }
    return { group, shares, users };
  });
  const [first] = found;
  return found.map(({ group, shares, users }, index) => {
    const best = bestOf(group, everyone);
    return {
      name: group.name,
      best,
      flattered: meanOfContexts(everyone, group.values[best] ?? []),
      shares,
      own: estimate(users),
      difference:
        index === 0 || first === undefined
          ? null
          : estimate(
              users.map((own, context) =>
                own.map((value, user) => value - (first.users[context]?.[user] ?? NaN)),
              ),
            ),
    };
  });
}

function bestOf({ values }: CandidateGroup, users: readonly (readonly number[])[]): number {
  return Math.max(
    0,
    bestTrial(values.map((own) => ({ score: meanOfContexts(users, own), point: {} }))),
  );
}

function meanOfContexts(
  users: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
): number {
  const means = users.map((own, context) => {
    const of = values[context] ?? [];
    return own.reduce((sum, user) => sum + (of[user] ?? NaN), 0) / own.length;
  });
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

/** The mean over contexts, each with its own standard error over users. */
function estimate(contexts: readonly Float64Array[]): Estimate {
  const own = contexts.map((users) => meanAndError([...users]));
  const D = own.length;
  return {
    value: own.reduce((sum, { value }) => sum + value, 0) / D,
    standardError: Math.sqrt(own.reduce((sum, one) => sum + one.standardError ** 2, 0)) / D,
    n: own.reduce((sum, { n }) => sum + n, 0),
  };
}
