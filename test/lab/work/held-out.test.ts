import { describe, expect, it } from 'vitest';
import { isHeldOut, splitRows } from '../../../src/lab/work/held-out.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import { period, tinyData } from '../../rec/tiny-data.ts';

/** Users of twelve interactions at their own times; every time is another one. */
const USERS = 60;
const data = tinyData(
  Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: 12 }, (_, k) => [(user + k) % 9, k * 100 + user] as const),
  ),
);
const OPTIONS = { history: 6, minEarlier: 2, maxTargets: null, seed: 1, score: 'targets' } as const;
const FIRST = period('first', 0, 600);
const LATER = period('later', 600, 1200);

describe('rows that are held out', () => {
  it('are nobody’s without validation', () => {
    const { rows, held } = splitRows(data, FIRST, OPTIONS, undefined);
    expect(rows).toEqual(trainingRows(data, FIRST, OPTIONS));
    expect(held).toEqual([]);
  });

  it('are those of the same users in every stage', () => {
    const validation = { by: 'users', share: 0.25, patience: 1 } as const;
    const all = [FIRST, LATER].map((stage) => splitRows(data, stage, OPTIONS, validation));
    const usersOf = (rows: readonly { user: number }[]) => new Set(rows.map(({ user }) => user));
    const held = all.map((split) => usersOf(split.held));
    expect(held[0]?.size).toBeGreaterThan(USERS / 8);
    expect(held[1]).toEqual(held[0]);
    for (const split of all) {
      for (const user of usersOf(split.rows)) expect(held[0]?.has(user)).toBe(false);
      expect(usersOf(split.rows).size + usersOf(split.held).size).toBe(USERS);
    }
    for (const user of held[0] ?? [])
      expect(isHeldOut('Tiny', `u${String(user)}`, 0.25)).toBe(true);
  });

  it('are the newest share of a stage, whose training ends before them', () => {
    const validation = { by: 'time', share: 0.2, patience: 1 } as const;
    const { rows, held } = splitRows(data, LATER, OPTIONS, validation);
    const scoredTimes = (own: typeof rows) =>
      own.flatMap(({ user, start, scored }) =>
        scored.flatMap((isScored, at) =>
          isScored ? [data.timelines[user]?.timesMs[start + at] ?? NaN] : [],
        ),
      );
    const [trained, unseen] = [scoredTimes(rows), scoredTimes(held)];
    expect(unseen).toHaveLength(72);
    expect(trained.length + unseen.length).toBe(6 * USERS);
    expect(Math.max(...trained)).toBeLessThan(Math.min(...unseen));
  });

  it('are nobody’s where all is of one time, and what lies in a window', () => {
    const still = tinyData([[...Array<readonly [number, number]>(6).fill([1, 5])]]);
    const byTime = { by: 'time', share: 0.5, patience: 1 } as const;
    const one = splitRows(still, period('one', 0, 10), OPTIONS, byTime);
    expect(one.held).toEqual([]);
    expect(one.rows).toHaveLength(1);
    const window = period('validation', 1000, 1200);
    const byWindow = { by: 'window', share: 0.1, patience: 1, window } as const;
    const { rows, held } = splitRows(data, FIRST, OPTIONS, byWindow);
    expect(rows).toEqual(trainingRows(data, FIRST, OPTIONS));
    expect(held).toEqual(trainingRows(data, window, OPTIONS));
  });
});
