import { beat } from '../../core/beat.ts';
import { RandomStream } from '../../core/rng.ts';
import { datasetDigest } from '../data/dataset-digest.ts';
import type { Dataset, InteractionLog } from '../data/types.ts';
import { choose, drawFollower, openItems, simulatedShop } from './simulated-shop.ts';
import type { SimulatedShop } from './simulated-shop.ts';
import { checkSimulatorOptions } from './simulator-options.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { DIMENSIONS, SHARED_DIMENSIONS, themeOf } from './simulator-words.ts';

/**
 * Invented interactions with the structure that the experiments are about. User u at time t picks
 *
 *   with probability 0.4   (`followers`) a follower (next volumes of its series, companions) of one of the last
 *                          three items, recency weights 0.7, 0.2, 0.1
 *   otherwise              item i with probability ∝ exp(
 *                            1.1 ⟨taste_u, z_i⟩ / √6 + 0.8 ⟨z_last, z_i⟩ / √6 + popularity_i(t))
 *   popularity_i(t)        = appeal_i + 2 exp(−((t − peak_i) / 90 d)²)
 *                            + 0.6 cos(2π (t / 300 d + category_i / categories))
 *                            + 1.2 exp(−age_i / 60 d)
 *
 * among items born before t that the user has not had, and of the age that `returning` asks for. 1.1
 * is times `taste`, 2 and 1.2 are times `drift`, 0.6 is times `season`; see `SimulatorKnobs`. Three of the six taste dimensions mean the
 * same in every domain. Users join over the first half of the activity and stay; 55 % of activity
 * falls into the first stage, the rest evenly into the other stages and the test window.
 * Same options, same data. @errors invalid-argument, experiment-invalid
 */
export async function simulateDataset(options: SimulatorOptions): Promise<Dataset> {
  checkSimulatorOptions(options);
  const domains = options.domains.map((domain) => simulateDomain(domain, options));
  return {
    name: 'simulated',
    domains,
    digest: await datasetDigest(domains),
    notes: [`Simulated from seed ${String(options.seed)}: invented users, items and titles.`],
  };
}

function simulateDomain(domain: string, options: SimulatorOptions): InteractionLog {
  const { usersPerDomain, seed } = options;
  const shop = simulatedShop(domain, options);
  const { items } = shop;
  const { nouns } = themeOf(domain);
  const shared = Math.round(options.sharedUsers * usersPerDomain);
  const userIds: string[] = [];
  const rows: { user: number; item: number; timeMs: number }[] = [];
  for (let user = 0; user < usersPerDomain; user++) {
    beat();
    const number = String(user + 1).padStart(5, '0');
    const id = user < shared ? `u${number}` : `${domain}-u${number}`;
    userIds.push(id);
    const taste = tasteOf(id, domain, seed);
    for (const [item, timeMs] of simulateUser(id, domain, taste, shop, options)) {
      rows.push({ user, item, timeMs });
    }
  }
  rows.sort((a, b) => a.timeMs - b.timeMs || a.user - b.user);
  return {
    domain,
    userIds,
    itemIds: items.map((_, item) => `${domain}-i${String(item + 1).padStart(5, '0')}`),
    titles: items.map(({ title }) => title),
    features: { category: items.map(({ category }) => nouns[category] ?? '') },
    users: Uint32Array.from(rows, ({ user }) => user),
    items: Uint32Array.from(rows, ({ item }) => item),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
  };
}

/** Shared dimensions depend on the user only, own ones on user and domain. */
function tasteOf(id: string, domain: string, seed: number): number[] {
  const shared = new RandomStream(seed, `simulator/taste/${id}`);
  const own = new RandomStream(seed, `simulator/taste/${id}/${domain}`);
  return Array.from({ length: DIMENSIONS }, (_, d) =>
    (d < SHARED_DIMENSIONS ? shared : own).nextNormal(),
  );
}

function* simulateUser(
  id: string,
  domain: string,
  taste: readonly number[],
  shop: SimulatedShop,
  { interactionsPerUser, seed }: SimulatorOptions,
): Generator<[item: number, timeMs: number]> {
  const { clock, preferences } = shop;
  const stream = new RandomStream(seed, `simulator/user/${domain}/${id}`);
  const count = Math.round(interactionsPerUser * (0.5 + stream.nextUniform()));
  const joined = 0.5 * stream.nextUniform();
  const times = Array.from({ length: count }, () =>
    Math.floor(clock(joined + (1 - joined) * stream.nextUniform())),
  ).sort((a, b) => a - b);
  const seen: number[] = [];
  const isTaken = new Uint8Array(shop.items.length);
  for (const timeMs of times) {
    const returning = shop.returningAt(timeMs);
    const wantsEvergreen = returning === null ? null : stream.nextUniform() < returning;
    const open = openItems(shop, timeMs, isTaken, wantsEvergreen);
    const follows = stream.nextUniform() < shop.follow;
    const follower = follows ? drawFollower(shop, seen, open, stream) : -1;
    if (follower < 0) preferences.weigh(taste, seen.at(-1) ?? -1, timeMs, open);
    const item = follower >= 0 ? follower : choose(preferences.weights, stream);
    if (item < 0) continue;
    seen.push(item);
    isTaken[item] = 1;
    yield [item, timeMs];
  }
}
