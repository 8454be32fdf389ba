import { expect } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import type { Sample } from '../../../src/rec/data/types.ts';
import { CompactProbe } from '../../../src/rec/evaluation/compact-probe.ts';
import { itemPositions } from '../../../src/rec/rows/item-rows.ts';
import type { CONFIG } from './compact-ids.ts';
import { CODES, ITEMS, naiveLogProbabilities, spreadArena, statesOf, TREE } from './compact-ids.ts';

/** Every item is asked about twice, only children and shared ids among them. */
export const PROBE_SAMPLES: readonly Sample[] = Array.from({ length: 2 * ITEMS }, (_, user) => ({
  ...{ user, target: user % ITEMS, timeMs: 0 },
  history: Array.from({ length: (3 * user) % 10 }, (_, i) => (7 * i + user) % ITEMS),
}));

/** Loss and greedy hits by the definition: all items' log-probabilities from float64 states. */
export async function wantedProbe(config: typeof CONFIG, arena: Float32Array<ArrayBuffer>) {
  const oracle = createCpuExecutor();
  const rows = PROBE_SAMPLES.map(({ history }) => itemPositions(history));
  const length = Math.max(...rows.map((row) => row.length));
  const ids = new Uint32Array(rows.length * length);
  const segments: number[] = [];
  rows.forEach((row, user) => {
    ids.set(row, user * length);
    segments.push(user * length, user * length + row.length);
  });
  const batch = { B: rows.length, T: length, ids, segments: Uint32Array.from(segments) };
  const states = await statesOf(oracle, config, arena, batch);
  let loss = 0;
  let hits = 0;
  rows.forEach((row, user) => {
    const at = (user * length + row.length - 1) * config.width;
    const logs = naiveLogProbabilities(config, arena, states.slice(at, at + config.width));
    const target = PROBE_SAMPLES[user]?.target ?? 0;
    loss -= logs[target] ?? NaN;
    if (isGreedy(logs, target, config.levels)) hits += 1;
  });
  const { levels } = config;
  return {
    loss: loss / (PROBE_SAMPLES.length * levels),
    recall1: (100 * hits) / PROBE_SAMPLES.length,
  };
}

/**
 * Whether choosing the likeliest child at every level ends at the item. The share of a child among
 * its siblings follows from the probabilities of its items only where each level is normalised over
 * children, so the forms without the trie loss are compared by their losses alone.
 */
function isGreedy(logs: readonly number[], target: number, levels: number): boolean {
  const pathOf = (item: number) => CODES.slice(item * levels, (item + 1) * levels);
  const own = pathOf(target);
  let items = Array.from({ length: ITEMS }, (_, item) => item);
  for (let level = 0; level < levels; level++) {
    const mass = new Map<number, number>();
    const seen = new Set<string>();
    for (const item of items) {
      const key = pathOf(item).join();
      // Items of one id share one probability.
      if (seen.has(key)) continue;
      seen.add(key);
      const code = pathOf(item)[level] ?? 0;
      mass.set(code, (mass.get(code) ?? 0) + Math.exp(logs[item] ?? NaN));
    }
    const best = [...mass].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
    if (best !== own[level]) return false;
    items = items.filter((item) => pathOf(item)[level] === best);
  }
  return true;
}

export async function checkProbe(executor: Executor, config: typeof CONFIG): Promise<void> {
  const arena = spreadArena(config);
  const before = executor.memory().liveBytes;
  const probe = await CompactProbe.create(executor, { config, tree: TREE }, PROBE_SAMPLES);
  probe.weights.write(arena);
  const got = await probe.measure();
  const want = await wantedProbe(config, arena);
  expect(Math.abs((got.loss ?? NaN) - want.loss)).toBeLessThan(1e-5);
  if (config.trieLoss) expect(got.recall1).toBeCloseTo(want.recall1, 6);
  expect(got.users).toBe(PROBE_SAMPLES.length);
  probe.weights.write(arena.map((value) => -2 * value));
  expect((await probe.measure()).loss, 'weights are replaced').not.toBe(got.loss);
  probe.weights.write(arena);
  expect(await probe.measure()).toEqual(got);
  probe.destroy();
  expect(executor.memory().liveBytes).toBe(before);
}
