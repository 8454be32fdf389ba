import { AppError } from '../../core/errors.ts';
import { RandomStream } from '../../core/rng.ts';
import { datasetDigest } from '../data/dataset-digest.ts';
import { checkSchedule } from '../data/schedule.ts';
import { FOLLOWER_WEIGHTS, simulateItems } from './simulator-items.ts';
import type { SimulatedItem } from './simulator-items.ts';
import { Preferences } from './simulator-preference.ts';
import { DIMENSIONS, SHARED_DIMENSIONS, themeOf } from './simulator-words.ts';
import type { Dataset, InteractionLog, Schedule } from '../data/types.ts';

export interface SimulatorOptions {
  /** Games, Books, Movies and Music have words of their own; other names get household goods. */
  readonly domains: readonly string[];
  readonly schedule: Schedule;
  readonly usersPerDomain: number;
  readonly itemsPerDomain: number;
  /** Mean; a user has 0.5 to 1.5 times as many. */
  readonly interactionsPerUser: number;
  /** Share of users present in every domain, with one taste in the shared dimensions. */
  readonly sharedUsers: number;
  /** Domain → share of its items that exist when the data start; default 0.55. */
  readonly existingItems?: Readonly<Record<string, number>>;
  readonly seed: number;
}

/** Probability that the next item follows from a recent one. */
const FOLLOW = 0.4;
/** Which recent item it follows from: the last, the one before, … */
const FOLLOWED_WEIGHTS: readonly number[] = [0.7, 0.2, 0.1];
/** Share of the time axis of activity that falls into the first stage. */
const FIRST_STAGE_SHARE = 0.55;

/**
 * Invented interactions with the structure that the experiments are about. User u at time t picks
 *
 *   with probability 0.4   a follower (next volumes of its series, companions) of one of the last
 *                          three items, recency weights 0.7, 0.2, 0.1
 *   otherwise              item i with probability ∝ exp(
 *                            1.1 ⟨taste_u, z_i⟩ / √6 + 0.8 ⟨z_last, z_i⟩ / √6 + popularity_i(t))
 *   popularity_i(t)        = appeal_i + 2 exp(−((t − peak_i) / 90 d)²)
 *                            + 0.6 cos(2π (t / 300 d + category_i / categories))
 *                            + 1.2 exp(−age_i / 60 d)
 *
 * among items born before t that the user has not had. Three of the six taste dimensions mean the
 * same in every domain. Users join over the first half of the activity and stay; 55 % of activity
 * falls into the first stage, the rest evenly into the other stages and the test window.
 * Same options, same data. @errors invalid-argument, experiment-invalid
 */
export async function simulateDataset(options: SimulatorOptions): Promise<Dataset> {
  checkOptions(options);
  const domains = options.domains.map((domain) => simulateDomain(domain, options));
  return {
    name: 'simulated',
    domains,
    digest: await datasetDigest(domains),
    notes: [`Simulated from seed ${String(options.seed)}: invented users, items and titles.`],
  };
}

function checkOptions(options: SimulatorOptions): void {
  checkSchedule(options.schedule);
  const { usersPerDomain, itemsPerDomain, interactionsPerUser, sharedUsers } = options;
  const { existingItems = {} } = options;
  const isCount = (value: number, min: number) => Number.isInteger(value) && value >= min;
  const faults = [
    [isCount(usersPerDomain, 1), 'usersPerDomain', 'must be a whole number of at least 1'],
    [isCount(itemsPerDomain, 20), 'itemsPerDomain', 'must be a whole number of at least 20'],
    [
      isCount(interactionsPerUser, 2),
      'interactionsPerUser',
      'must be a whole number of at least 2',
    ],
    [
      interactionsPerUser * 4 <= itemsPerDomain,
      'interactionsPerUser',
      'must be at most a quarter of itemsPerDomain: nobody takes an item twice',
    ],
    [sharedUsers >= 0 && sharedUsers <= 1, 'sharedUsers', 'must be a share between 0 and 1'],
    [
      Object.values(existingItems).every((share) => share >= 0 && share <= 1),
      'existingItems',
      'must be shares between 0 and 1',
    ],
    [options.domains.length > 0, 'domains', 'at least one is needed'],
    [new Set(options.domains).size === options.domains.length, 'domains', 'must differ'],
  ] as const;
  const broken = faults.filter(([holds]) => !holds);
  if (broken.length > 0) {
    throw new AppError('invalid-argument', 'The simulator cannot work with these settings.', {
      hint: 'Correct the settings listed.',
      faults: broken.map(([, place, message]) => ({ place, message })),
    });
  }
}

function simulateDomain(domain: string, options: SimulatorOptions): InteractionLog {
  const { schedule, usersPerDomain, itemsPerDomain, seed } = options;
  const clock = activityClock(schedule);
  const items = simulateItems(
    domain,
    itemsPerDomain,
    clock(0),
    clock(1),
    seed,
    ownShare(options.existingItems, domain),
  );
  const { nouns } = themeOf(domain);
  const preferences = new Preferences(items, DIMENSIONS);
  const shared = Math.round(options.sharedUsers * usersPerDomain);
  const userIds: string[] = [];
  const rows: { user: number; item: number; timeMs: number }[] = [];
  for (let user = 0; user < usersPerDomain; user++) {
    const number = String(user + 1).padStart(5, '0');
    const id = user < shared ? `u${number}` : `${domain}-u${number}`;
    userIds.push(id);
    const taste = tasteOf(id, domain, seed);
    for (const [item, timeMs] of simulateUser(
      id,
      domain,
      taste,
      items,
      preferences,
      clock,
      options,
    )) {
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

function ownShare(shares: SimulatorOptions['existingItems'] = {}, domain: string) {
  return Object.hasOwn(shares, domain) ? shares[domain] : undefined;
}

/** Shared dimensions depend on the user only, own ones on user and domain. */
function tasteOf(id: string, domain: string, seed: number): number[] {
  const shared = new RandomStream(seed, `simulator/taste/${id}`);
  const own = new RandomStream(seed, `simulator/taste/${id}/${domain}`);
  return Array.from({ length: DIMENSIONS }, (_, d) =>
    (d < SHARED_DIMENSIONS ? shared : own).nextNormal(),
  );
}

/** Maps a share of all activity, 0…1, to a time: linear within each period. */
function activityClock({ stages, test }: Schedule): (share: number) => number {
  const periods = [...stages, test];
  const rest = (1 - FIRST_STAGE_SHARE) / Math.max(1, periods.length - 1);
  return (share) => {
    let left = share;
    for (const [index, period] of periods.entries()) {
      const own = index === 0 ? FIRST_STAGE_SHARE : rest;
      if (left < own || index === periods.length - 1) {
        return period.startMs + Math.min(1, left / own) * (period.endMs - period.startMs);
      }
      left -= own;
    }
    return test.endMs;
  };
}

function* simulateUser(
  id: string,
  domain: string,
  taste: readonly number[],
  items: readonly SimulatedItem[],
  preferences: Preferences,
  clock: (share: number) => number,
  { interactionsPerUser, seed }: SimulatorOptions,
): Generator<[item: number, timeMs: number]> {
  const stream = new RandomStream(seed, `simulator/user/${domain}/${id}`);
  const count = Math.round(interactionsPerUser * (0.5 + stream.nextUniform()));
  const joined = 0.5 * stream.nextUniform();
  const times = Array.from({ length: count }, () =>
    Math.floor(clock(joined + (1 - joined) * stream.nextUniform())),
  ).sort((a, b) => a - b);
  const seen: number[] = [];
  const isTaken = new Uint8Array(items.length);
  for (const timeMs of times) {
    const isFree = (item: number) =>
      (items[item]?.bornMs ?? Infinity) <= timeMs && isTaken[item] !== 1;
    const follower = stream.nextUniform() < FOLLOW ? followerOf(seen, items, isFree, stream) : -1;
    if (follower < 0) preferences.weigh(taste, seen.at(-1) ?? -1, timeMs, isTaken);
    const item = follower >= 0 ? follower : choose(preferences.weights, stream);
    if (item < 0) continue;
    seen.push(item);
    isTaken[item] = 1;
    yield [item, timeMs];
  }
}

function followerOf(
  seen: readonly number[],
  items: readonly SimulatedItem[],
  isFree: (item: number) => boolean,
  stream: RandomStream,
): number {
  const followed = items[seen.at(-1 - choose(FOLLOWED_WEIGHTS, stream)) ?? -1];
  if (followed === undefined) return -1;
  const weights = followed.followers.map((item, rank) =>
    isFree(item) ? (FOLLOWER_WEIGHTS[rank] ?? 0) : 0,
  );
  return followed.followers[choose(weights, stream)] ?? -1;
}

/** An index with probability ∝ its weight; -1 when all weights are 0. */
function choose(weights: readonly number[] | Float64Array, stream: RandomStream): number {
  let total = 0;
  for (const weight of weights) total += weight;
  if (!(total > 0)) return -1;
  let left = stream.nextUniform() * total;
  for (let index = 0; index < weights.length; index++) {
    left -= weights[index] ?? 0;
    if (left < 0) return index;
  }
  return weights.findLastIndex((weight) => weight > 0);
}
