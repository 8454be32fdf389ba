import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { clickInfluence } from '../../../src/rec/ctr/click-influence.ts';
import { clickMetricValues } from '../../../src/rec/ctr/metric-values.ts';
import {
  influenceDifference,
  influenceError,
  meanInfluence,
  rankInfluence,
} from '../../../src/rec/evaluation/influence.ts';
import { meanAndError, rankMetrics } from '../../../src/rec/evaluation/metrics.ts';

const USERS = ['a', 'b', 'c', 'd', 'e'];

describe('the influence of users on ranking metrics', () => {
  it('gives value and standard error of the mean over users, and sums to 0', () => {
    const ranks = [1, 0, 3, 12, 2];
    const metrics = rankMetrics(ranks, [5, 10]);
    const influences = rankInfluence(USERS, ranks, [5, 10]);
    expect(influences).toHaveLength(6);
    influences.forEach((influence, at) => {
      expect(influence.value).toBeCloseTo(metrics[at]?.value ?? NaN, 12);
      expect(influenceError(influence)).toBeCloseTo(metrics[at]?.standardError ?? NaN, 12);
      const sum = [...influence.users.values()].reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(0, 12);
    });
  });

  it('gives the paired error of a difference: of the differences user by user', () => {
    const [a = [], b = []] = [
      [1, 2, 0, 1, 0],
      [1, 0, 0, 2, 0],
    ];
    const [mine] = rankInfluence(USERS, a, [1]);
    const [other] = rankInfluence(USERS, b, [1]);
    if (mine === undefined || other === undefined) throw new Error('no metric');
    const difference = influenceDifference(mine, other);
    // Hits at 1: a has users a and d, b has user a. The differences are 0, 0, 0, 100, 0.
    expect(difference.value).toBeCloseTo(20, 12);
    expect(influenceError(difference)).toBeCloseTo(20, 12);
    const swapped = influenceDifference(other, mine);
    expect([swapped.value, influenceError(swapped)]).toEqual([
      expect.closeTo(-20, 12),
      expect.closeTo(20, 12),
    ]);
  });

  it('of a model against itself is nothing, with an error of 0', () => {
    const [mine] = rankInfluence(USERS, [1, 2, 3, 4, 5], [10]);
    if (mine === undefined) throw new Error('no metric');
    const difference = influenceDifference(mine, mine);
    expect([difference.value, influenceError(difference)]).toEqual([0, 0]);
  });

  it('of a mean over seeds is that of the users’ means', () => {
    const seeds = [
      [1, 0, 1, 0, 0],
      [1, 1, 0, 0, 0],
    ];
    const influences = seeds.flatMap((ranks) => rankInfluence(USERS, ranks, [1]).slice(0, 1));
    const mean = meanInfluence(influences);
    if (mean === undefined) throw new Error('no mean');
    const { value, standardError } = meanAndError([100, 50, 50, 0, 0]);
    expect(mean.value).toBeCloseTo(value, 12);
    expect(influenceError(mean)).toBeCloseTo(standardError, 12);
    expect(meanInfluence([])).toBeUndefined();
  });

  it('has no error with one user', () => {
    const [mine] = rankInfluence(['a'], [1], [10]);
    expect(mine === undefined ? NaN : influenceError(mine)).toBe(0);
  });
});

/** Users of one to nine impressions whose scores have something to do with the user and the label. */
function clicks(count: number) {
  const stream = new RandomStream(7, 'clicks');
  const users: string[] = [];
  const labels: (0 | 1)[] = [];
  const scores: number[] = [];
  for (let user = 0; user < count; user++) {
    const taste = 2 * stream.nextNormal();
    for (let shown = 0; shown < 1 + (user % 9); shown++) {
      const label = stream.nextNormal() + taste > 0.5 ? 1 : 0;
      users.push(`u${String(user)}`);
      labels.push(label);
      // Steps of one half: there are ties.
      scores.push(Math.round(2 * (taste + label + stream.nextNormal())) / 2);
    }
  }
  return { users, labels, scores };
}

describe('the influence of users on metrics of clicks', () => {
  const { users, labels, scores } = clicks(60);
  const influences = clickInfluence(users, labels, scores);
  const errorOf = (metric: string) => {
    const found = influences.find((one) => one.metric === metric);
    return found === undefined ? NaN : influenceError(found);
  };

  it('has the values of the metrics', () => {
    const plain = clickMetricValues(
      users.map((user, at) => ({ user: Number(user.slice(1)), label: labels[at] ?? 0 })),
      scores,
    );
    expect(influences.map(({ metric }) => metric)).toEqual(['auc', 'gauc', 'log-loss']);
    influences.forEach(({ value }, at) => {
      expect(value).toBeCloseTo(plain[at]?.value ?? NaN, 10);
    });
    // GAUC is over users already.
    expect(errorOf('gauc')).toBeCloseTo(plain[1]?.standardError ?? NaN, 10);
  });

  it('has the AUC’s sum over pairs, user by user', () => {
    const positives = labels.flatMap((label, at) => (label === 1 ? [at] : []));
    const negatives = labels.flatMap((label, at) => (label === 0 ? [at] : []));
    const win = (p: number, n: number) => {
      const [a = 0, b = 0] = [scores[p], scores[n]];
      return a > b ? 1 : a === b ? 0.5 : 0;
    };
    const pairs = positives.flatMap((p) => negatives.map((n) => ({ p, n, win: win(p, n) })));
    const auc = pairs.reduce((sum, pair) => sum + pair.win, 0) / pairs.length;
    const shares = new Map<string, number>();
    for (const pair of pairs) {
      for (const at of [pair.p, pair.n]) {
        const user = users[at] ?? '';
        shares.set(user, (shares.get(user) ?? 0) + (100 * (pair.win - auc)) / pairs.length);
      }
    }
    const own = influences[0]?.users ?? new Map<string, number>();
    for (const [user, share] of shares) expect(own.get(user)).toBeCloseTo(share, 10);
    expect(own.size).toBe(60);
  });

  it('agrees with leaving out one user after the other, which needs no formula', () => {
    const all = [...new Set(users)];
    const aucs = all.map((left) => {
      const kept = users.flatMap((user, at) => (user === left ? [] : [at]));
      const [auc] = clickInfluence(
        kept.map((at) => users[at] ?? ''),
        kept.map((at) => labels[at] ?? 0),
        kept.map((at) => scores[at] ?? NaN),
      );
      return auc?.value ?? NaN;
    });
    const { standardError } = meanAndError(aucs);
    // Jackknife: (n − 1) / √n · s = (n − 1) times the standard error of the left-out values.
    const jackknife = (all.length - 1) * standardError;
    expect(errorOf('auc') / jackknife).toBeGreaterThan(0.9);
    expect(errorOf('auc') / jackknife).toBeLessThan(1.1);
  });

  it('is wider than impressions taken for independent, where users differ', () => {
    const plain = clickMetricValues(
      users.map((user, at) => ({ user: Number(user.slice(1)), label: labels[at] ?? 0 })),
      scores,
    );
    expect(errorOf('log-loss')).toBeGreaterThan(1.2 * (plain[2]?.standardError ?? NaN));
  });

  it('leaves out what is not defined: one class, users of one class', () => {
    const one = clickInfluence(['a', 'a', 'b'], [1, 1, 1], [0, 1, 2]);
    expect(one.map(({ metric }) => metric)).toEqual(['log-loss']);
    const apart = clickInfluence(['a', 'b'], [1, 0], [0, 1]);
    expect(apart.map(({ metric, value }) => [metric, value]).slice(0, 1)).toEqual([['auc', 0]]);
    expect(apart.some(({ metric }) => metric === 'gauc')).toBe(false);
  });
});
