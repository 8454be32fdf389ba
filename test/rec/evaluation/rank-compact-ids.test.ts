import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Sample } from '../../../src/rec/data/types.ts';
import {
  CompactRankSession,
  rankCompactIds,
} from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { CONFIG, ITEMS, spreadArena, TREE } from '../../support/models/compact-ids.ts';

const MODEL = { config: { ...CONFIG, maxPositions: 24 }, tree: TREE };
const PARAMETERS = spreadArena(MODEL.config);

/** Histories of no item up to 20: two compiled lengths, in no order. */
const SAMPLES: readonly Sample[] = [3, 20, 0, 7, 16, 1].map((length, user) => ({
  user,
  target: (5 * user) % ITEMS,
  timeMs: 0,
  history: Array.from({ length }, (_, i) => (7 * i + user) % ITEMS),
}));

describe('ranking by compact ids', () => {
  it('gives every sample its list, whoever is decoded beside it', async () => {
    const executor = createCpuExecutor();
    const rank = (samples: readonly Sample[], batchUsers: number) =>
      rankCompactIds(executor, { ...MODEL, parameters: PARAMETERS, samples, beam: 9, batchUsers });
    const together = await rank(SAMPLES, 4);
    expect(together.map(({ user, target }) => [user, target])).toEqual(
      SAMPLES.map(({ user, target }) => [user, target]),
    );
    for (const [index, sample] of SAMPLES.entries()) {
      expect(await rank([sample], 1)).toEqual([together[index]]);
    }
    const lists = new Set(together.map(({ items }) => items.join()));
    expect(lists.size, 'histories count').toBe(SAMPLES.length);
    for (const { items, scores } of together) {
      expect(new Set(items).size).toBe(9);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('takes other weights into the searches that are there', async () => {
    const executor = createCpuExecutor();
    const other = PARAMETERS.map((x) => -x);
    const fresh = (parameters: Float32Array) =>
      rankCompactIds(executor, { ...MODEL, parameters, samples: SAMPLES, beam: 9, batchUsers: 4 });
    const session = new CompactRankSession(executor, { ...MODEL, beam: 9, batchUsers: 4 });
    session.weights.write(PARAMETERS);
    expect(await session.rank(SAMPLES)).toEqual(await fresh(PARAMETERS));
    session.weights.write(other);
    const changed = await session.rank(SAMPLES);
    expect(changed).toEqual(await fresh(other));
    expect(changed).not.toEqual(await fresh(PARAMETERS));
    session.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it.each([
    [NaN, 'start.weight', 3],
    [-Infinity, 'prefix_vectors.weight', PARAMETERS.length - 70],
  ])('refuses %d in %s', async (value, name, at) => {
    const executor = createCpuExecutor();
    const parameters = PARAMETERS.with(at, value);
    const setup = { ...MODEL, parameters, samples: SAMPLES, beam: 9, batchUsers: 4 };
    await expect(rankCompactIds(executor, setup)).rejects.toMatchObject({
      code: 'non-finite',
      message: expect.stringContaining(name) as string,
    });
    // Weights on the device are not looked at: scores that are no numbers are.
    const session = new CompactRankSession(executor, setup);
    session.weights.write(PARAMETERS.map(() => value));
    await expect(session.rank(SAMPLES)).rejects.toMatchObject({ code: 'non-finite' });
    session.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('refuses histories that do not fit, stops on request and leaves nothing behind', async () => {
    const executor = createCpuExecutor();
    const setup = { ...MODEL, parameters: PARAMETERS, beam: 9, batchUsers: 4 };
    const long = [{ user: 0, target: 0, timeMs: 0, history: new Array<number>(24).fill(1) }];
    const ranked = rankCompactIds(executor, { ...setup, samples: long });
    await expect(ranked).rejects.toMatchObject({ code: 'limit-exceeded' });
    for (const item of [ITEMS, -1, 1.5, NaN]) {
      const unknown = [{ user: 0, target: 0, timeMs: 0, history: [2, item] }];
      await expect(rankCompactIds(executor, { ...setup, samples: unknown })).rejects.toThrow(
        `Item ${item} has no semantic id`,
      );
    }
    const signal = AbortSignal.abort();
    const stopped = rankCompactIds(executor, { ...setup, samples: SAMPLES }, { signal });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    const short = PARAMETERS.slice(0, 64);
    const misfit = rankCompactIds(executor, { ...setup, parameters: short, samples: SAMPLES });
    await expect(misfit).rejects.toMatchObject({ code: 'layout-mismatch' });
    expect(executor.memory().liveBytes).toBe(0);
  });
});
