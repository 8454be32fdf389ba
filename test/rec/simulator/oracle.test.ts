import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { coOccurrenceScores } from '../../../src/rec/evaluation/baselines.ts';
import { filterLog } from '../../../src/rec/data/filter.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import { oracleRankings, SimulatorOracle } from '../../../src/rec/simulator/oracle.ts';
import { simulatedShop } from '../../../src/rec/simulator/simulated-shop.ts';
import { simulateDataset } from '../../../src/rec/simulator/simulator.ts';
import type { SimulatorOptions } from '../../../src/rec/simulator/simulator-options.ts';
import type { InteractionLog } from '../../../src/rec/data/types.ts';
import { SIMULATED, TEST } from './simulated.ts';

const DAY_MS = 86_400_000;
const RETURNING: SimulatorOptions = {
  ...SIMULATED,
  drift: 0.5,
  novelty: { phase1: 0.25, phase2: 0.25 },
  returning: { pretrain: 1, phase1: 0.6, phase2: 0.1, test: { Games: 0.8, Books: 0.05 } },
};

async function logOf(options: SimulatorOptions): Promise<InteractionLog> {
  const [log] = (await simulateDataset({ ...options, domains: ['Games'] })).domains;
  if (log === undefined) throw new Error('no domain');
  return log;
}

function pastOf({ users, items, timesMs }: InteractionLog, user: number) {
  const rows = Array.from(users.keys()).filter((row) => users[row] === user);
  return {
    items: rows.map((row) => items[row] ?? -1),
    timesMs: rows.map((row) => timesMs[row] ?? NaN),
  };
}

/** Mean of the differences and its standard error. */
function meanOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, error: Math.sqrt(variance / (values.length - 1)) };
}

/**
 * The same probabilities by the slow road: the formula of `simulateDataset` written out, and tastes
 * drawn from the prior, each weighted by how well it explains the past.
 */
function bySampling(past: ReturnType<typeof pastOf>, timeMs: number, draws: number) {
  const { items } = simulatedShop('Games', SIMULATED);
  const popularity = (at: number, time: number) => {
    const { appeal, peakMs, bornMs, category } = items[at] ?? fail();
    return (
      appeal +
      2 * Math.exp(-(((time - peakMs) / (90 * DAY_MS)) ** 2)) +
      0.6 * Math.cos(2 * Math.PI * (time / (300 * DAY_MS) + category / 8)) +
      1.2 * Math.exp(-(time - bornMs) / (60 * DAY_MS))
    );
  };
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0);
  const steps = [...past.items, -1].map((item, at) => {
    const seen = past.items.slice(0, at);
    const time = past.timesMs[at] ?? timeMs;
    const free = (other: number) => (items[other]?.bornMs ?? 0) <= time && !seen.includes(other);
    const followed = items.map(() => 0);
    [0.7, 0.2, 0.1].forEach((recency, back) => {
      const followers = items[seen.at(-1 - back) ?? -1]?.followers ?? [];
      const weights = followers.map((other, k) => (free(other) ? ([5, 2, 2, 1][k] ?? 0) : 0));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      followers.forEach((other, k) => {
        if (total > 0)
          followed[other] = (followed[other] ?? 0) + (0.4 * recency * (weights[k] ?? 0)) / total;
      });
    });
    const last = items[seen.at(-1) ?? -1]?.latent ?? [];
    const plain = Float64Array.from(items, ({ latent }, other) =>
      free(other)
        ? Math.exp((0.8 * dot(latent, last)) / Math.sqrt(6) + popularity(other, time))
        : 0,
    );
    return { item, followed, plain, follow: followed.reduce((sum, share) => sum + share, 0) };
  });
  const stream = new RandomStream(9, 'prior');
  const result = new Float64Array(items.length);
  let total = 0;
  for (let draw = 0; draw < draws; draw++) {
    const taste = Array.from({ length: 6 }, () => stream.nextNormal());
    const likings = Float64Array.from(items, ({ latent }) =>
      Math.exp((1.1 * dot(latent, taste)) / Math.sqrt(6)),
    );
    let weight = 1;
    for (const { item, followed, plain, follow } of steps) {
      let sum = 0;
      for (let i = 0; i < plain.length; i++) sum += (plain[i] ?? NaN) * (likings[i] ?? NaN);
      const chance = (other: number) =>
        (followed[other] ?? 0) + ((1 - follow) * (plain[other] ?? 0) * (likings[other] ?? 0)) / sum;
      if (item >= 0) weight *= chance(item);
      else result.forEach((value, other) => (result[other] = value + weight * chance(other)));
    }
    total += weight;
  }
  return result.map((value) => value / total);
}

function fail(): never {
  throw new Error('no such item');
}

describe('the oracle', () => {
  test('is the posterior mean of the generator’s own probabilities', async () => {
    const log = await logOf(SIMULATED);
    const oracle = new SimulatorOracle('Games', SIMULATED, 512);
    for (const user of [0, 3, 11]) {
      const past = pastOf(log, user);
      const found = oracle.probabilities(past, TEST.startMs);
      expect(found.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      const wanted = bySampling(past, TEST.startMs, 6000);
      const distance = found.reduce(
        (sum, value, item) => sum + Math.abs(value - (wanted[item] ?? NaN)),
        0,
      );
      // Total variation; two draws of 6000 tastes from the prior are about 0.015 apart.
      expect(distance / 2).toBeLessThan(0.03);
    }
  }, 60_000);

  test.each([
    ['with the usual numbers', SIMULATED],
    ['with a taste for evergreens', RETURNING],
    ['without follow-ups', { ...SIMULATED, followers: 0, taste: 2, seed: 5 }],
  ])(
    'is right as often as it says, %s',
    async (_, options) => {
      const log = await logOf(options);
      const oracle = new SimulatorOracle('Games', options);
      const hits: number[] = [];
      const surprises: number[] = [];
      for (let user = 0; user < log.userIds.length; user++) {
        const past = pastOf(log, user);
        const target = past.items.at(-1) ?? -1;
        const known = { items: past.items.slice(0, -1), timesMs: past.timesMs.slice(0, -1) };
        const p = oracle.probabilities(known, past.timesMs.at(-1) ?? NaN);
        const top = Array.from(p.keys())
          .sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0))
          .slice(0, 10);
        const told = top.reduce((sum, item) => sum + (p[item] ?? 0), 0);
        hits.push((top.includes(target) ? 1 : 0) - told);
        const entropy = p.reduce(
          (sum, value) => sum - (value > 0 ? value * Math.log(value) : 0),
          0,
        );
        surprises.push(-Math.log(p[target] ?? 0) - entropy);
      }
      for (const { mean, error } of [meanOf(hits), meanOf(surprises)]) {
        expect(Math.abs(mean)).toBeLessThan(3 * error);
      }
    },
    60_000,
  );

  test('finds more than co-occurrence on every seed, paired by user', async () => {
    const differences: number[] = [];
    for (const seed of [1, 2, 3]) {
      const options = { ...SIMULATED, seed };
      const log = await logOf(options);
      const { data } = filterLog(log, { startMs: null, minCount: 1 });
      const samples = testSamples(data, TEST, { history: 30, minEarlier: 4 });
      const oracle = oracleRankings(log, data, samples, options, 10);
      const occurring = coOccurrenceScores({ data, samples, trainEndMs: TEST.startMs });
      const own = samples.map(({ target, history }, at) => {
        const items = (occurring[at] ?? []).map(({ item }) => item);
        const masked = items.filter((item) => !history.includes(item)).slice(0, 10);
        const hit = (list: readonly number[]) => (list.includes(target) ? 1 : 0);
        return hit(oracle[at]?.items ?? []) - hit(masked);
      });
      expect(meanOf(own).mean).toBeGreaterThan(0);
      differences.push(...own);
    }
    const { mean, error } = meanOf(differences);
    expect(mean - 1.96 * error).toBeGreaterThan(0.02);
  }, 60_000);
});
