import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { areaUnderCurve, groupedAuc, logLoss } from '../../../src/rec/ctr/ctr-metrics.ts';

/** By definition: all pairs of a positive and a negative. */
function bruteForce(labels: readonly number[], scores: readonly number[]): number | null {
  let wins = 0;
  let pairs = 0;
  labels.forEach((a, i) => {
    labels.forEach((b, j) => {
      if (a !== 1 || b !== 0) return;
      const [x = NaN, y = NaN] = [scores[i], scores[j]];
      pairs += 1;
      wins += x > y ? 1 : x === y ? 0.5 : 0;
    });
  });
  return pairs === 0 ? null : wins / pairs;
}

function drawn(seed: number, n: number, steps: number) {
  const random = new RandomStream(seed, 'ctr');
  const labels = Array.from({ length: n }, () => random.nextInt(2));
  // Few distinct scores make many ties.
  const scores = labels.map((label) => (random.nextInt(steps) + label) / steps - 0.5);
  const users = labels.map(() => random.nextInt(7));
  return { labels, scores, users };
}

describe('area under the curve', () => {
  it.each([
    [1, 1],
    [1, 5],
    [40, 1],
    [50, 3],
    [200, 1000],
  ])('%i impressions with scores in %i steps equal all pairs', (n, steps) => {
    const { labels, scores } = drawn(n + steps, n, steps);
    const expected = bruteForce(labels, scores);
    const got = areaUnderCurve({ labels, scores });
    if (expected === null) expect(got).toBeNull();
    else expect(got).toBeCloseTo(expected, 12);
  });

  it('is 1, 0 and one half where it must be', () => {
    const labels = [0, 0, 1, 1];
    expect(areaUnderCurve({ labels, scores: [1, 2, 3, 4] })).toBe(1);
    expect(areaUnderCurve({ labels, scores: [4, 3, 2, 1] })).toBe(0);
    expect(areaUnderCurve({ labels, scores: [5, 5, 5, 5] })).toBe(0.5);
  });

  it('does not exist with one class', () => {
    expect(areaUnderCurve({ labels: [1, 1], scores: [0, 1] })).toBeNull();
    expect(areaUnderCurve({ labels: [], scores: [] })).toBeNull();
  });

  it.each([
    [[0, 2], [0, 1], /Label 2 is 2, neither 0 nor 1/],
    [[0, 1], [0, NaN], /Score 2 is not a finite/],
    [[0, 1], [0], /1 scores for 2 labels/],
  ])('refuses %j with %j', (labels, scores, message) => {
    expect(() => areaUnderCurve({ labels, scores })).toThrow(message);
    expect(() => logLoss({ labels, scores })).toThrow(message);
  });
});

describe('grouped area under the curve', () => {
  it('is the mean of users by impressions, without those of one class', () => {
    const { labels, scores, users } = drawn(5, 90, 4);
    // A user who only clicked and one who never did.
    labels.push(1, 1, 0);
    scores.push(0.1, 0.2, 0.3);
    users.push(100, 100, 101);
    let sum = 0;
    let n = 0;
    let counted = 0;
    for (const user of new Set(users)) {
      const of = (list: readonly number[]) => list.filter((_, i) => users[i] === user);
      const auc = bruteForce(of(labels), of(scores));
      if (auc === null) continue;
      sum += auc * of(labels).length;
      n += of(labels).length;
      counted += 1;
    }
    const got = groupedAuc({ labels, scores }, users);
    expect(got.value).toBeCloseTo(sum / n, 12);
    expect(got).toMatchObject({ users: counted, impressions: n, leftOut: 9 - counted });
    expect(got.leftOut).toBeGreaterThanOrEqual(2);
  });

  it('says when nobody has both classes', () => {
    const got = groupedAuc({ labels: [1, 0], scores: [1, 2] }, [0, 1]);
    expect(got).toEqual({ value: null, users: 0, leftOut: 2, impressions: 0, standardError: 0 });
  });
});

describe('log loss', () => {
  it('is the mean of −log p of what happened', () => {
    const labels = [1, 0, 1];
    const scores = [0.3, -1.2, 2];
    const p = scores.map((z) => 1 / (1 + Math.exp(-z)));
    const expected =
      labels.reduce((sum, y, i) => sum - Math.log(y === 1 ? (p[i] ?? 0) : 1 - (p[i] ?? 0)), 0) / 3;
    expect(logLoss({ labels, scores })).toBeCloseTo(expected, 14);
  });

  it('stays finite for certain and wrong logits', () => {
    expect(logLoss({ labels: [0, 1], scores: [1e4, -1e4] })).toBe(1e4);
    expect(logLoss({ labels: [1, 0], scores: [1e4, -1e4] })).toBe(0);
  });
});
