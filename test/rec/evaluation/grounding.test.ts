import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { groundQueries, type GroundingInput } from '../../../src/rec/evaluation/grounding.ts';
import { popularityRecency } from '../../../src/rec/evaluation/popularity-recency.ts';
import { tinyData } from '../tiny-data.ts';

const WIDTH = 8;
const ITEMS = 60;

function unitRows(name: string, rows: number): Float32Array {
  const random = new RandomStream(3, name);
  const vectors = new Float32Array(rows * WIDTH);
  for (let row = 0; row < rows; row++) {
    const own = Array.from({ length: WIDTH }, () => random.nextNormal());
    const length = Math.hypot(...own);
    vectors.set(
      own.map((x) => x / length),
      row * WIDTH,
    );
  }
  return vectors;
}

/** 13 users with three queries each, some shared, and a history of their own. */
function someInput(changes: Partial<GroundingInput> = {}): GroundingInput {
  return {
    width: WIDTH,
    queries: unitRows('queries', 30),
    itemVectors: unitRows('items', ITEMS),
    users: Array.from({ length: 13 }, (_, user) => ({
      queries: [user, (user * 2) % 30, 29],
      history: [(user * 5) % ITEMS, (user * 7 + 1) % ITEMS],
    })),
    coefficients: Float64Array.from({ length: ITEMS }, (_, item) => 1 + (item % 4) / 8),
    top: 10,
    ...changes,
  };
}

function bruteForce({
  queries,
  itemVectors,
  users,
  coefficients,
  top,
  rule = { bandwidth: null },
}: GroundingInput) {
  return users.map((user) => {
    const scores = Array.from({ length: ITEMS }, (_, item) => {
      if (user.history.includes(item)) return Infinity;
      const distances = user.queries.map((query) => {
        let sum = 0;
        for (let c = 0; c < WIDTH; c++) {
          sum += ((queries[query * WIDTH + c] ?? 0) - (itemVectors[item * WIDTH + c] ?? 0)) ** 2;
        }
        return sum;
      });
      const coefficient = coefficients?.[item] ?? 1;
      const { bandwidth: h } = rule;
      if (h === null) return Math.min(...distances) / coefficient;
      const density = distances.reduce((sum, distance) => sum + Math.exp(-distance / h), 0);
      return -coefficient * density;
    });
    return scores
      .map((score, item) => ({ score, item }))
      .filter(({ score }) => score < Infinity)
      .sort((a, b) => a.score - b.score || a.item - b.item)
      .slice(0, top)
      .map(({ item }) => item);
  });
}

describe('a density of all draws', () => {
  it.each([0.1, 2])('ranks as by hand, bandwidth %f', async (bandwidth) => {
    const input = someInput({ rule: { bandwidth } });
    expect(await groundQueries(createCpuExecutor(), input)).toEqual(bruteForce(input));
    expect(bruteForce(input)).not.toEqual(bruteForce(someInput()));
    const alone = someInput({ rule: { bandwidth }, coefficients: null });
    expect(await groundQueries(createCpuExecutor(), alone)).toEqual(bruteForce(alone));
  });

  it('counts how often a title was drawn, and never recommends what has no past', async () => {
    const vectors = unitRows('items', ITEMS);
    const query = (item: number) => Array.from(vectors.subarray(item * WIDTH, (item + 1) * WIDTH));
    const own = {
      queries: Float32Array.from([...query(7), ...query(3)]),
      users: [{ queries: [0, 1, 1], history: [] }],
      coefficients: Float64Array.from({ length: ITEMS }, (_, item) => (item === 5 ? 0 : 1)),
      top: ITEMS,
    };
    const counted = someInput({ ...own, rule: { bandwidth: 0.05 } });
    const [ranked = []] = await groundQueries(createCpuExecutor(), counted);
    expect(ranked.slice(0, 2)).toEqual([3, 7]);
    expect(ranked).toHaveLength(ITEMS - 1);
    expect(ranked).not.toContain(5);
    const users = [{ queries: [0, 0, 1], history: [] }];
    const swapped = await groundQueries(createCpuExecutor(), { ...counted, users });
    expect(swapped[0]?.slice(0, 2)).toEqual([7, 3]);
    // Of the nearest alone both are at 0, and the smaller number wins whatever was drawn.
    const nearest = await groundQueries(createCpuExecutor(), someInput({ ...own, users }));
    expect(nearest[0]?.slice(0, 2)).toEqual([3, 7]);
  });
});

describe('grounding', () => {
  it.each([
    ['in one block', {}],
    ['a few queries at a time', { blockElements: 4 * ITEMS }],
    ['without coefficients', { coefficients: null }],
    ['all items', { top: 2 * ITEMS }],
  ])('ranks by the smallest rescaled distance, %s', async (_, changes) => {
    const executor = createCpuExecutor();
    const input = someInput(changes);
    expect(await groundQueries(executor, input)).toEqual(bruteForce(input));
    expect(executor.memory().liveBytes).toBe(0);
  });

  it("masks each user's own history, and nobody else's", async () => {
    const itemVectors = unitRows('items', ITEMS);
    // Every user asks for exactly item u + 20; only user 3 has had its item.
    const users = Array.from({ length: 6 }, (_, user) => ({
      queries: [user],
      history: user === 3 ? [23] : [user],
    }));
    const queries = itemVectors.slice(20 * WIDTH, 26 * WIDTH);
    const input = { width: WIDTH, queries, itemVectors, users, coefficients: null, top: 5 };
    const ranked = await groundQueries(createCpuExecutor(), input);
    expect(ranked.map(([first]) => first === 23)).toEqual(new Array(6).fill(false));
    expect(ranked.map((list) => list.includes(23))).toContain(false);
    expect(ranked.filter((_, user) => user !== 3).map(([first]) => first)).toEqual([
      20, 21, 22, 24, 25,
    ]);
    // With the histories of their neighbours the lists would be others.
    const shifted = users.map((user, index) => ({
      ...user,
      history: users[(index + 1) % users.length]?.history ?? [],
    }));
    const wrong = await groundQueries(createCpuExecutor(), { ...input, users: shifted });
    expect(wrong[3]?.[0]).toBe(23);
  });

  it('breaks ties by index and leaves items of coefficient 0 out', async () => {
    const itemVectors = new Float32Array(ITEMS * WIDTH);
    for (let item = 0; item < ITEMS; item++) itemVectors[item * WIDTH] = 1;
    const queries = Float32Array.from({ length: WIDTH }, (_, c) => (c === 1 ? 1 : 0));
    const coefficients = new Float64Array(ITEMS).fill(1);
    coefficients[1] = 0;
    const users = [{ queries: [0], history: [2] }];
    const input = { width: WIDTH, queries, itemVectors, users, coefficients, top: 4 };
    expect(await groundQueries(createCpuExecutor(), input)).toEqual([[0, 3, 4, 5]]);
  });

  it('refuses vectors that do not fit, strays and numbers that are not finite', async () => {
    const executor = createCpuExecutor();
    const run = (changes: Partial<GroundingInput>) => groundQueries(executor, someInput(changes));
    const bad = unitRows('queries', 30);
    bad[7] = NaN;
    await expect(run({ width: 7 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(run({ queries: bad })).rejects.toMatchObject({ code: 'non-finite' });
    await expect(run({ users: [{ queries: [30], history: [] }] })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    await expect(
      groundQueries(executor, someInput(), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(executor.memory().liveBytes).toBe(0);
  });
});

describe('the popularity–recency coefficient', () => {
  const DAY = 86_400_000;
  const before = 100 * DAY;
  // Item 0: 0 and 30 days old; item 1: 60 days; item 2: at the window's start; item 3: never.
  const data = tinyData([
    [
      [1, 40 * DAY],
      [0, 70 * DAY],
      [0, before - 1],
      [2, before],
    ],
    [[3, before + DAY]],
  ]);

  it('is what the formula gives by hand', () => {
    const c = popularityRecency(data, { beforeMs: before });
    expect(c[0]).toBeCloseTo((1 + 1 + 0.5) ** 0.25, 8);
    expect(c[1]).toBeCloseTo(1.25 ** 0.25, 12);
    expect([c[2], c[3]]).toEqual([1, 1]);
    const other = popularityRecency(data, { beforeMs: before, halfLifeDays: 60, gamma: 1 });
    expect(other[0]).toBeCloseTo(1 + 1 + Math.SQRT1_2, 8);
    expect(other[1]).toBeCloseTo(1.5, 12);
  });

  it('can drop what was never seen', () => {
    const c = popularityRecency(data, { beforeMs: before, unseen: 'drop' });
    expect([...c].map((value) => value > 0)).toEqual([true, true, false, false]);
  });

  it('refuses a half-life of nothing', () => {
    expect(() => popularityRecency(data, { beforeMs: 0, halfLifeDays: 0 })).toThrow(/half-life/);
  });
});
