import { describe, expect, test } from 'vitest';
import { simulatedShop } from '../../../src/rec/simulator/simulated-shop.ts';
import { simulateDataset } from '../../../src/rec/simulator/simulator.ts';
import type {
  SimulatorKnobs,
  SimulatorOptions,
} from '../../../src/rec/simulator/simulator-options.ts';
import type { InteractionLog, Period } from '../../../src/rec/data/types.ts';
import { period } from '../tiny-data.ts';
import { PHASE1, PHASE2, PRETRAIN, SIMULATED, TEST } from './simulated.ts';

const DAY_MS = 86_400_000;
const NEW_ITEMS = { phase1: 0.25, phase2: 0.25 };

async function logsOf(knobs: Partial<SimulatorOptions>): Promise<readonly InteractionLog[]> {
  return (await simulateDataset({ ...SIMULATED, ...knobs })).domains;
}

async function gamesOf(knobs: Partial<SimulatorOptions>): Promise<InteractionLog> {
  const [log] = await logsOf({ ...knobs, domains: ['Games'] });
  if (log === undefined) throw new Error('no domain');
  return log;
}

/** Per item the share of the period's interactions. */
function popularity({ itemIds, items, timesMs }: InteractionLog, { startMs, endMs }: Period) {
  const counts = new Float64Array(itemIds.length);
  let total = 0;
  items.forEach((item, row) => {
    const timeMs = timesMs[row] ?? NaN;
    if (timeMs < startMs || timeMs >= endMs) return;
    counts[item] = (counts[item] ?? 0) + 1;
    total++;
  });
  return { shares: counts.map((count) => count / total), total };
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((x, y) => x + y, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: ArrayLike<number>, mx: number, y: ArrayLike<number>, my: number) =>
    Array.from(x, (value, at) => (value - mx) * ((y[at] ?? NaN) - my)).reduce((s, v) => s + v, 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

describe('knobs of the simulator', () => {
  test('left alone they are as before, to the bit', async () => {
    const small = {
      usersPerDomain: 20,
      itemsPerDomain: 40,
      interactionsPerUser: 8,
      sharedUsers: 0.2,
    };
    const usual = { followers: 0.4, taste: 1, drift: 1, season: 1 };
    const { digest } = await simulateDataset({ ...SIMULATED, ...small });
    expect(digest).toBe('ec5c5e1d78ca7c5eec8bd9150812c7551c027a92924ae37527f39d7a0dbf5ee2');
    expect((await simulateDataset({ ...SIMULATED, ...small, ...usual })).digest).toBe(digest);
  });

  test('followers: the share of usual successors among what comes next', async () => {
    const successors = async (followers: number) => {
      const log = await gamesOf({ followers });
      const { items } = simulatedShop('Games', { ...SIMULATED, followers });
      const lastOf = new Map<number, number[]>();
      let [hits, all] = [0, 0];
      log.items.forEach((item, row) => {
        const user = log.users[row] ?? -1;
        const seen = lastOf.get(user) ?? [];
        if (seen.length > 0) {
          all++;
          const near = seen.slice(-3).flatMap((before) => items[before]?.followers ?? []);
          if (near.includes(item)) hits++;
        }
        lastOf.set(user, [...seen, item]);
      });
      return hits / all;
    };
    const [none, usual, most] = [await successors(0), await successors(0.4), await successors(0.9)];
    // Some successors are taken for their own sake; not every follow-up finds one that is free.
    expect(none).toBeLessThan(0.3);
    expect(usual - none).toBeGreaterThan(0.15);
    expect(most - none).toBeGreaterThan(0.4);
    expect(most).toBeLessThan(0.95);
  });

  test('drift: popularity of the items of the first day stays, or moves', async () => {
    const kept = async (drift: number) => {
      const log = await gamesOf({ drift, season: 0, followers: 0 });
      const shop = simulatedShop('Games', SIMULATED);
      const old = Array.from(log.itemIds.keys()).filter((item) => shop.isEvergreen(item));
      const of = (when: Period) => old.map((item) => popularity(log, when).shares[item] ?? NaN);
      return correlation(of(PRETRAIN), of(TEST));
    };
    const [still, usual, strong] = [await kept(0), await kept(1), await kept(2)];
    expect(still).toBeGreaterThan(0.85);
    expect(usual).toBeLessThan(0.8 * still);
    expect(strong).toBeLessThan(usual);
  });

  test('season: categories come and go with a period of 300 days, and only then', async () => {
    const swing = async (season: number) => {
      const log = await gamesOf({ season, drift: 0, followers: 0, usersPerDomain: 1500 });
      const { items } = simulatedShop('Games', SIMULATED);
      const windows = Array.from({ length: 12 }, (_, month) =>
        period(
          'month',
          PRETRAIN.startMs + month * 30 * DAY_MS,
          PRETRAIN.startMs + (month + 1) * 30 * DAY_MS,
        ),
      );
      const months = windows.map((when) => popularity(log, when).shares);
      const old = items.filter(({ bornMs }) => bornMs <= PRETRAIN.startMs);
      const categories = [...new Set(old.map(({ category }) => category))];
      const [wanted, found]: [number[], number[]] = [[], []];
      for (const category of categories) {
        const own = months.map((shares) =>
          items.reduce((sum, item, at) => {
            const counts = item.category === category && item.bornMs <= PRETRAIN.startMs;
            return sum + (counts ? (shares[at] ?? 0) : 0);
          }, 0),
        );
        const level = own.reduce((sum, share) => sum + share, 0) / own.length;
        own.forEach((share, month) => {
          const time = PRETRAIN.startMs + (month + 0.5) * 30 * DAY_MS;
          wanted.push(Math.cos(2 * Math.PI * (time / (300 * DAY_MS) + category / 8)));
          found.push(Math.log((share + 1e-3) / level));
        });
      }
      return correlation(wanted, found);
    };
    expect(Math.abs(await swing(0))).toBeLessThan(0.25);
    expect(await swing(2)).toBeGreaterThan(0.7);
  });

  test('novelty: the asked share of items is born in the first half of each period', async () => {
    const options = { ...SIMULATED, itemsPerDomain: 160, novelty: NEW_ITEMS };
    const { items } = simulatedShop('Games', options);
    const born = ({ startMs, endMs }: Period) =>
      items.filter(({ bornMs }) => bornMs > startMs && bornMs < (startMs + endMs) / 2).length;
    expect(born(PHASE1)).toBe(40);
    expect(born(PHASE2)).toBe(40);
    expect(items.filter(({ bornMs }) => bornMs === PRETRAIN.startMs)).toHaveLength(80);
    const log = await gamesOf({ itemsPerDomain: 160, novelty: NEW_ITEMS });
    log.items.forEach((item, row) =>
      expect(log.timesMs[row]).toBeGreaterThanOrEqual(items[item]?.bornMs ?? Infinity),
    );
  });

  test('returning: the asked share of evergreens, by period and by domain', async () => {
    const validation = period('validation', Date.UTC(2024, 5), PHASE2.endMs);
    const knobs: SimulatorKnobs & { validation: Period } = {
      novelty: NEW_ITEMS,
      returning: {
        ...{ pretrain: 1, phase1: 0.6, phase2: 0.1 },
        validation: { Games: 0.8 },
        test: { Games: 0.8, Books: 0.05 },
      },
      validation,
    };
    const logs = await logsOf(knobs);
    const early = period('phase2', PHASE2.startMs, validation.startMs);
    // In phase1 something new has to be born first: what is asked for holds in its second half.
    const late = period('phase1', (PHASE1.startMs + PHASE1.endMs) / 2, PHASE1.endMs);
    const wanted: [string, Period, number][] = [
      ...['Games', 'Books'].flatMap((domain): [string, Period, number][] => [
        [domain, PRETRAIN, 1],
        [domain, late, 0.6],
        [domain, early, 0.1],
      ]),
      ...[['Games', validation, 0.8] as const, ['Books', validation, 0.1] as const].map(
        ([domain, when, share]): [string, Period, number] => [domain, when, share],
      ),
      ['Games', TEST, 0.8],
      ['Books', TEST, 0.05],
    ];
    for (const [domain, when, share] of wanted) {
      const log = logs.find((one) => one.domain === domain);
      if (log === undefined) throw new Error(`no ${domain}`);
      const shop = simulatedShop(domain, { ...SIMULATED, ...knobs });
      const { shares, total } = popularity(log, when);
      const found = shares.reduce((sum, own, item) => sum + (shop.isEvergreen(item) ? own : 0), 0);
      const error = Math.sqrt((share * (1 - share)) / total);
      expect(Math.abs(found - share), `${domain} ${when.name}`).toBeLessThan(3.5 * error + 1e-9);
    }
  });

  test('taste: a stronger one makes users differ more in what they take', async () => {
    const spread = async (taste: number) => {
      const log = await gamesOf({ taste, followers: 0, drift: 0 });
      const { items } = simulatedShop('Games', { ...SIMULATED, taste });
      const byUser = new Map<number, number[]>();
      log.items.forEach((item, row) => {
        const user = log.users[row] ?? -1;
        byUser.set(user, [...(byUser.get(user) ?? []), items[item]?.latent[3] ?? 0]);
      });
      const means = [...byUser.values()].map((own) => own.reduce((a, b) => a + b, 0) / own.length);
      const middle = means.reduce((a, b) => a + b, 0) / means.length;
      return means.reduce((sum, mean) => sum + (mean - middle) ** 2, 0) / means.length;
    };
    const [none, usual, strong] = [await spread(0), await spread(1), await spread(3)];
    expect(usual).toBeGreaterThan(1.3 * none);
    expect(strong).toBeGreaterThan(1.3 * usual);
  });

  test.each<[Partial<SimulatorOptions>, string]>([
    [{ followers: 1.2 }, 'followers'],
    [{ drift: -1 }, 'drift'],
    [{ season: NaN }, 'season'],
    [{ taste: 6 }, 'taste'],
    [{ novelty: { phase1: 0.7, phase2: 0.7 } }, 'novelty'],
    [{ novelty: { phase9: 0.1 } }, 'novelty'],
    [{ novelty: { phase1: 0.1 }, existingItems: { Games: 1 } }, 'novelty'],
    [{ returning: { test: 1.5 } }, 'returning'],
    [{ returning: { test: { Games: -1 } } }, 'returning'],
    [{ returning: { validation: 0.5 } }, 'returning'],
  ])('refuses %j', async (change, place) => {
    await expect(simulateDataset({ ...SIMULATED, ...change })).rejects.toMatchObject({
      code: 'invalid-argument',
      faults: [{ place }],
    });
  });
});
