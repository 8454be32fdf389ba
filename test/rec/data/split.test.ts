import { describe, expect, test } from 'vitest';
import { stageTargets, testSamples, trainingSamples } from '../../../src/rec/data/split.ts';
import { countingUser, period, tinyData } from '../tiny-data.ts';

const ALL = { history: 30, minEarlier: 4, maxTargets: null, seed: 0 };
const TEST = { history: 30, minEarlier: 4 };

describe('trainingSamples', () => {
  test('takes positions with 4 earlier items inside the half-open stage', () => {
    const data = tinyData([countingUser(10)]);
    const samples = trainingSamples(data, period('p', 0, 7), ALL);
    expect(samples.map(({ target }) => target)).toEqual([4, 5, 6]);
    expect(samples[0]?.history).toEqual([0, 1, 2, 3]);
  });

  test('histories reach into earlier stages and end after 30 items', () => {
    const data = tinyData([countingUser(50)]);
    const samples = trainingSamples(data, period('p', 45, 46), ALL);
    expect(samples).toHaveLength(1);
    expect(samples[0]?.history).toEqual(Array.from({ length: 30 }, (_, k) => 15 + k));
  });

  test('is in time order over users', () => {
    const data = tinyData([
      countingUser(7).map(([item, timeMs]) => [item, 10 * timeMs]),
      countingUser(7),
    ]);
    const times = trainingSamples(data, period('p', 0, 1000), ALL).map(({ timeMs }) => timeMs);
    expect(times).toEqual([4, 5, 6, 40, 50, 60]);
  });

  test('draws 5 targets per user in the first stage, repeatably and without favour', () => {
    const data = tinyData([countingUser(24)]);
    const stage = period('p', 0, 100);
    const options = { ...ALL, maxTargets: 5 };
    const drawn = stageTargets(data, 0, stage, options);
    expect(drawn).toHaveLength(5);
    expect(new Set(drawn).size).toBe(5);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(stageTargets(data, 0, stage, options)).toEqual(drawn);
    const hits = new Array<number>(24).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      for (const position of stageTargets(data, 0, stage, { ...options, seed })) {
        hits[position] = (hits[position] ?? 0) + 1;
      }
    }
    // 20 positions, each expected 500 times with standard deviation 19.4: five of them apart.
    expect(hits.slice(0, 4)).toEqual([0, 0, 0, 0]);
    for (const count of hits.slice(4)) expect(Math.abs(count - 500)).toBeLessThan(97);
  });

  test('the draw of a user does not depend on other users', () => {
    const stage = period('p', 0, 100);
    const options = { ...ALL, maxTargets: 5 };
    const alone = tinyData([countingUser(24)]);
    const together = { ...tinyData([countingUser(30), countingUser(24)]), userIds: ['x', 'u0'] };
    expect(stageTargets(together, 1, stage, options)).toEqual(
      stageTargets(alone, 0, stage, options),
    );
  });
});

describe('testSamples', () => {
  const window = period('test', 10, 20);

  test("takes the user's last interaction before the end, only if it lies in the window", () => {
    const data = tinyData([
      [...countingUser(5), [5, 11], [6, 12], [7, 20]], // the one at 20 is after the window
      [...countingUser(5), [5, 9]], // nothing in the window
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 15],
      ], // 3 earlier items
    ]);
    expect(testSamples(data, window, TEST)).toEqual([
      { user: 0, target: 6, timeMs: 12, history: [0, 1, 2, 3, 4, 5] },
    ]);
  });

  test('names domain and window when nobody qualifies', () => {
    const data = tinyData([countingUser(5)]);
    expect(() => testSamples(data, window, TEST)).toThrow(
      expect.objectContaining({
        code: 'data-invalid',
        message: expect.stringMatching(/Tiny.*test/) as string,
      }),
    );
  });

  test('draws users above the cap, repeatably', () => {
    const data = tinyData(
      Array.from({ length: 40 }, (_, user) => [...countingUser(5), [5, 10 + (user % 7)] as const]),
    );
    const users = (seed: number) =>
      testSamples(data, window, { ...TEST, maxUsers: 8, seed }).map(({ user }) => user);
    expect(new Set(users(1)).size).toBe(8);
    expect(users(1)).toEqual(users(1));
    expect(users(1)).not.toEqual(users(2));
    expect(testSamples(data, window, { ...TEST, maxUsers: 40 })).toHaveLength(40);
  });
});
