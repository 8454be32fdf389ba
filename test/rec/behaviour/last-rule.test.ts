import { describe, expect, test } from 'vitest';
import { buildBehaviourData } from '../../../src/rec/behaviour/behaviour-data.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { period, tinyData } from '../tiny-data.ts';
import { domainOf, optionsOf, textOf } from './tiny-behaviour.ts';

/** Items 0, 1, 2: with two items each has one possible negative. */
const TWO_ITEMS = tinyData([
  [
    [0, 10],
    [1, 20],
    [0, 30],
    [1, 40],
  ],
  [
    [1, 10],
    [1, 60],
    [0, 120],
  ],
  [
    [0, 15],
    [1, 150],
  ],
]);

describe('samples: last', () => {
  test('the last item of each user and a drawn other one; pretraining on all before it', () => {
    const { train, test: tested, sequences, report } = domainOf(TWO_ITEMS, optionsOf());
    expect([...train.keys()]).toEqual(['train']);
    expect(train.get('train')?.map(textOf)).toEqual(['u0 t40: 1 2 1 > 2 +', 'u0 t40: 1 2 1 > 1 -']);
    expect(tested.map(textOf)).toEqual(['u1 t120: 2 2 > 1 +', 'u1 t120: 2 2 > 2 -']);
    expect(sequences).toEqual([
      [1, 2, 1],
      [2, 2],
    ]);
    expect(report).toEqual({
      domain: 'Tiny',
      users: 3,
      items: 2,
      shortUsers: 1,
      sequences: 2,
      pretrainTargets: 3,
      windows: [
        {
          name: 'train',
          startMs: 0,
          endMs: 100,
          samples: 2,
          positives: 1,
          users: 1,
          unseenCandidates: 0,
        },
        {
          name: 'test',
          startMs: 100,
          endMs: 200,
          samples: 2,
          positives: 1,
          users: 1,
          unseenCandidates: 0,
        },
      ],
      features: [],
      negatives:
        'Negatives are drawn: 1 for each positive, uniformly among the other 1 items of the domain. Nobody was shown them.',
    });
  });

  test('keeps the newest items of a history, and nothing from after the test window', () => {
    const options = optionsOf({ history: 2, test: period('test', 100, 130) });
    const late = tinyData([
      [
        [0, 10],
        [1, 20],
        [0, 30],
        [1, 40],
        [0, 130],
      ],
      [
        [1, 10],
        [1, 60],
        [0, 120],
      ],
    ]);
    const { train, sequences } = domainOf(late, options);
    expect(train.get('train')?.map(textOf)).toEqual(['u0 t40: 2 1 > 2 +', 'u0 t40: 2 1 > 1 -']);
    expect(sequences[0]).toEqual([1, 2, 1]);
    // One item more than a history, which is a target only.
    expect(domainOf(late, { ...options, history: 1 }).sequences[0]).toEqual([2, 1]);
  });

  test('candidates of a list share one history, and all domains one table', () => {
    const { domains, vocabulary } = buildBehaviourData(
      [{ data: TWO_ITEMS }, { data: { ...TWO_ITEMS, domain: 'Other' } }],
      optionsOf({ negatives: 3 }),
    );
    expect(vocabulary.items).toEqual(['', 'Tiny/i0', 'Tiny/i1', 'Other/i0', 'Other/i1']);
    const own = domains[1]?.train.get('train') ?? [];
    expect(own).toHaveLength(4);
    expect(own[3]?.history).toBe(own[0]?.history);
    expect(own[0]?.history).toEqual([3, 4, 3]);
    expect(own.map(({ candidate }) => candidate)).toEqual([4, 3, 3, 3]);
  });

  test('counts candidates that pretraining never saw', () => {
    const fresh = tinyData([
      [
        [0, 1],
        [1, 2],
        [2, 90],
      ],
      [
        [0, 1],
        [1, 2],
        [2, 110],
      ],
    ]);
    const { report, train, test: tested } = domainOf(fresh, optionsOf({ negatives: 4 }));
    // Item 2 is never anything but a last item; the negatives are among 0 and 1.
    expect(report.windows.map(({ unseenCandidates }) => unseenCandidates)).toEqual([1, 1]);
    expect(
      [...(train.get('train') ?? []), ...tested].filter((s) => s.candidate === 3),
    ).toHaveLength(2);
  });

  test('negatives are uniform, never the positive, and independent of other users', () => {
    const stream = new RandomStream(3, 'test/timelines');
    const users = Array.from({ length: 400 }, () =>
      Array.from({ length: 3 }, (_, k): [number, number] => [stream.nextInt(5), 30 * k + 1]),
    );
    const more = users.map((user, index): [number, number][] =>
      index % 2 === 0 ? user : [...user, [4, 150]],
    );
    const options = optionsOf({ negatives: 10 });
    const { train, test: tested } = domainOf(tinyData(more), options);
    const samples = [...(train.get('train') ?? []), ...tested];
    const counts = [0, 0, 0, 0, 0, 0];
    for (let at = 0; at < samples.length; at += 11) {
      const [positive, ...negatives] = samples.slice(at, at + 11);
      expect(positive?.label).toBe(1);
      for (const { candidate, label } of negatives) {
        expect(label).toBe(0);
        expect(candidate).not.toBe(positive?.candidate);
        if (positive?.candidate === 5) counts[candidate] = (counts[candidate] ?? 0) + 1;
      }
    }
    // Over 2,000 draws among 4 items: the standard deviation of a share is below 0.01.
    const total = counts.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(2000);
    for (const count of counts.slice(1, 5))
      expect(Math.abs(count / total - 0.25)).toBeLessThan(0.05);
    // Users before the last one keep their draws when it goes.
    const without = domainOf(tinyData(more.slice(0, -1)), options);
    const kept = without.train.get('train')?.map(textOf);
    expect(kept).toEqual(train.get('train')?.map(textOf));
    expect(kept).toHaveLength(2200);
  });

  test('is a function of its arguments', () => {
    expect(domainOf(TWO_ITEMS, optionsOf({ numbers: ['popularity'] }))).toEqual(
      domainOf(TWO_ITEMS, optionsOf({ numbers: ['popularity'] })),
    );
  });
});

describe('trainShare', () => {
  /** User k has its last interaction at `times[k]`. */
  function usersEndingAt(times: readonly number[]) {
    return tinyData(
      times.map((timeMs): [number, number][] => [
        [0, timeMs - 3],
        [1, timeMs - 2],
        [2, timeMs],
      ]),
    );
  }

  test.each([0.1, 0.3, 0.5, 0.7, 0.9])('%f: users up to the quantile train', (trainShare) => {
    const stream = new RandomStream(7, 'test/quantile');
    for (let round = 0; round < 20; round++) {
      const count = 8 + stream.nextInt(40);
      const times = Array.from({ length: count }, () => 10 + stream.nextInt(180));
      // 5 and 250 lie outside the periods: they belong to no side and move no quantile.
      const all = [...times, 5, 250];
      const options = optionsOf({ trainShare, stages: [period('train', 8, 100)] });
      const sorted = [...times].sort((a, b) => a - b);
      const isTrained = (timeMs: number) => timeMs <= numpyQuantile(sorted, trainShare);
      const { train, test: tested, report } = domainOf(usersEndingAt(all), options);
      const usersOf = (side: boolean) =>
        new Set(times.flatMap((timeMs, user) => (isTrained(timeMs) === side ? [user] : [])));
      expect(new Set(train.get('train')?.map(({ user }) => user))).toEqual(usersOf(true));
      expect(new Set(tested.map(({ user }) => user))).toEqual(usersOf(false));
      const border = Math.min(...times.filter((timeMs) => !isTrained(timeMs)));
      expect(report.windows).toMatchObject([
        { startMs: 8, endMs: border },
        { startMs: border, endMs: 200 },
      ]);
      expect(report.sequences).toBe(count + 1);
    }
  });

  /** numpy.quantile, linear: between the two values around (n - 1) q. */
  function numpyQuantile(sorted: readonly number[], q: number): number {
    const at = (sorted.length - 1) * q;
    const [low = NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (high - low) * (at - Math.floor(at));
  }

  test('one time for all leaves nothing to test on', () => {
    const options = optionsOf({ trainShare: 0.7 });
    expect(() => domainOf(usersEndingAt([50, 50, 50]), options)).toThrow(/no samples in "test"/);
  });

  test('another draw has other negatives of the same positives; 0 is the usual one', () => {
    const data = tinyData(
      Array.from({ length: 30 }, (_, user) => [
        [user % 9, 10],
        [(user + 1) % 9, 20],
        [(user + 2) % 9, user % 2 === 0 ? 40 : 150],
      ]),
    );
    const candidatesOf = (label: 0 | 1, more = {}) =>
      [...domainOf(data, optionsOf(more)).train.values()]
        .flat()
        .filter((sample) => sample.label === label)
        .map(({ candidate }) => candidate);
    expect(candidatesOf(0, { draw: 0 })).toEqual(candidatesOf(0));
    expect(candidatesOf(0, { draw: 1 })).not.toEqual(candidatesOf(0));
    expect(candidatesOf(1, { draw: 1 })).toEqual(candidatesOf(1));
  });
});
