import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { rankingMetrics } from '../../../src/rec/evaluation/metrics.ts';
import type { MetricValue, RankedList } from '../../../src/rec/data/types.ts';

function pick(values: readonly MetricValue[], metric: string, k: number): MetricValue | undefined {
  return values.find((value) => value.metric === metric && value.k === k);
}

/** The target at `rank` (1 = first), or nowhere for 0. */
function listWithRank(user: number, rank: number): RankedList {
  const items = Array.from({ length: 20 }, (_, index) => (index + 1 === rank ? 7 : 100 + index));
  return { user, target: 7, items };
}

describe('rankingMetrics', () => {
  test('matches values computed by hand', () => {
    const values = rankingMetrics([1, 3, 7, 0].map((rank, user) => listWithRank(user, rank)));
    expect(pick(values, 'recall', 5)?.value).toBeCloseTo(50, 12);
    expect(pick(values, 'recall', 10)?.value).toBeCloseTo(75, 12);
    expect(pick(values, 'ndcg', 10)?.value).toBeCloseTo((100 * (1 + 1 / 2 + 1 / 3)) / 4, 12);
    expect(pick(values, 'mrr', 10)?.value).toBeCloseTo((100 * (1 + 1 / 3 + 1 / 7)) / 4, 12);
    expect(pick(values, 'mrr', 5)?.value).toBeCloseTo((100 * (1 + 1 / 3)) / 4, 12);
    // Scores 100, 100, 0, 0: variance 10000/3, error sqrt(10000 / 3 / 4).
    expect(pick(values, 'recall', 5)?.standardError).toBeCloseTo(Math.sqrt(10000 / 12), 12);
    expect(values.every(({ n }) => n === 4)).toBe(true);
  });

  test('counts rank k and not rank k + 1', () => {
    const at = (rank: number) => rankingMetrics([listWithRank(0, rank)], [5])[0]?.value;
    expect([at(5), at(6)]).toEqual([100, 0]);
  });

  test('agrees with a brute-force sum over list positions', () => {
    const stream = new RandomStream(9, 'metrics-test');
    const lists = Array.from({ length: 300 }, (_, user) => ({
      user,
      target: stream.nextInt(40),
      items: stream.shuffle(Array.from({ length: 40 }, (_, item) => item)).slice(0, 20),
    }));
    for (const k of [1, 5, 10, 20]) {
      let [recall, ndcg, mrr] = [0, 0, 0];
      for (const { items, target } of lists) {
        for (let index = 0; index < k; index++) {
          if (items[index] !== target) continue;
          recall += 1;
          ndcg += Math.LN2 / Math.log(index + 2);
          mrr += 1 / (index + 1);
        }
      }
      const values = rankingMetrics(lists, [k]);
      expect(pick(values, 'recall', k)?.value).toBeCloseTo(recall / 3, 9);
      expect(pick(values, 'ndcg', k)?.value).toBeCloseTo(ndcg / 3, 9);
      expect(pick(values, 'mrr', k)?.value).toBeCloseTo(mrr / 3, 9);
      const p = recall / 300;
      const binomial = 100 * Math.sqrt((p * (1 - p)) / 299);
      expect(pick(values, 'recall', k)?.standardError).toBeCloseTo(binomial, 9);
    }
  });

  test('an ended beam (-1) never counts; a list may be shorter than k', () => {
    expect(rankingMetrics([{ user: 0, target: 3, items: [-1, -1] }], [5])[0]?.value).toBe(0);
    expect(rankingMetrics([{ user: 0, target: -1, items: [-1] }], [5])[0]?.value).toBe(0);
    expect(rankingMetrics([{ user: 0, target: 3, items: [3] }], [5])[0]).toMatchObject({
      value: 100,
      standardError: 0,
      n: 1,
    });
  });

  test('refuses no lists and odd cut-offs', () => {
    expect(() => rankingMetrics([])).toThrow(expect.objectContaining({ code: 'data-invalid' }));
    for (const k of [0, -1, 2.5, NaN]) {
      expect(() => rankingMetrics([listWithRank(0, 1)], [k])).toThrow('cut-off');
    }
  });
});
