import type { RandomStream } from '../../core/rng.ts';
import type { Period, Schedule } from '../data/types.ts';
import { FOLLOWER_WEIGHTS, simulateItems } from './simulator-items.ts';
import type { SimulatedItem } from './simulator-items.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { Preferences } from './simulator-preference.ts';
import { DIMENSIONS } from './simulator-words.ts';

/** Probability that the next item follows from a recent one. */
const FOLLOW = 0.4;
/** Which recent item it follows from: the last, the one before, … */
const FOLLOWED_WEIGHTS: readonly number[] = [0.7, 0.2, 0.1];
/** Share of the time axis of activity that falls into the first stage. */
const FIRST_STAGE_SHARE = 0.55;

/** One domain's items and the laws by which they are chosen, apart from any user. */
export interface SimulatedShop {
  readonly items: readonly SimulatedItem[];
  /** Of `items`: every draw looks at all of them. */
  readonly bornMs: Float64Array;
  readonly preferences: Preferences;
  /** Maps a share of all activity, 0…1, to a time: linear within each period. */
  readonly clock: (share: number) => number;
  /** Probability that the next item follows from a recent one. */
  readonly follow: number;
  /** Probability at a time that something evergreen is wanted; null: age does not matter. */
  readonly returningAt: (timeMs: number) => number | null;
  readonly isEvergreen: (item: number) => boolean;
}

export function simulatedShop(domain: string, options: SimulatorOptions): SimulatedShop {
  const { schedule, itemsPerDomain, seed, existingItems, novelty, returning } = options;
  const clock = activityClock(schedule);
  const existing = ownOf(existingItems ?? {}, domain);
  const startMs = clock(0);
  const periods = [...schedule.stages, schedule.test];
  const births = {
    ...{ startMs, endMs: clock(1), isByAge: returning !== undefined },
    ...(existing !== undefined && { existing }),
    ...(novelty !== undefined && {
      novelty: periods.map((period) => ({ ...period, share: ownOf(novelty, period.name) ?? 0 })),
    }),
  };
  const items = simulateItems(domain, itemsPerDomain, births, seed);
  return {
    items,
    bornMs: Float64Array.from(items, ({ bornMs }) => bornMs),
    preferences: new Preferences(items, DIMENSIONS, options),
    clock,
    follow: options.followers ?? FOLLOW,
    returningAt: (timeMs) => returningAt(timeMs, domain, options),
    isEvergreen: (item) => (items[item]?.bornMs ?? Infinity) <= startMs,
  };
}

/**
 * Per item 1 where it can be chosen: born, not taken yet, and of the age that is wanted. Where
 * nothing of that age is left, any age will do.
 */
export function openItems(
  { bornMs, isEvergreen }: SimulatedShop,
  timeMs: number,
  isTaken: Uint8Array,
  wantsEvergreen: boolean | null,
): Uint8Array {
  const open = new Uint8Array(bornMs.length);
  for (let item = 0; item < open.length; item++) {
    open[item] = (bornMs[item] ?? Infinity) <= timeMs && isTaken[item] !== 1 ? 1 : 0;
  }
  if (wantsEvergreen === null) return open;
  const wanted = open.map((one, item) => (isEvergreen(item) === wantsEvergreen ? one : 0));
  return wanted.includes(1) ? wanted : open;
}

/** What a follow-up is taken from: a recent item, then the weights of its open followers. */
export function drawFollower(
  { items }: SimulatedShop,
  seen: readonly number[],
  open: Uint8Array,
  stream: RandomStream,
): number {
  const followed = items[seen.at(-1 - choose(FOLLOWED_WEIGHTS, stream)) ?? -1];
  if (followed === undefined) return -1;
  return followed.followers[choose(openWeights(followed, open), stream)] ?? -1;
}

/**
 * Item → probability that it comes next as a follow-up: what `drawFollower` draws, with the chance
 * that there is a draw at all. What is missing to 1 goes to what users like.
 */
export function followerShares(
  { items, follow }: SimulatedShop,
  seen: readonly number[],
  open: Uint8Array,
): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  FOLLOWED_WEIGHTS.forEach((recency, back) => {
    const followed = items[seen.at(-1 - back) ?? -1];
    if (followed === undefined) return;
    const weights = openWeights(followed, open);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    followed.followers.forEach((item, rank) => {
      const share = total > 0 ? (follow * recency * (weights[rank] ?? 0)) / total : 0;
      if (share > 0) shares.set(item, (shares.get(item) ?? 0) + share);
    });
  });
  return shares;
}

function openWeights({ followers }: SimulatedItem, open: Uint8Array): number[] {
  return followers.map((item, rank) => (open[item] === 1 ? (FOLLOWER_WEIGHTS[rank] ?? 0) : 0));
}

/** An index with probability ∝ its weight; -1 when all weights are 0. */
export function choose(weights: readonly number[] | Float64Array, stream: RandomStream): number {
  let total = 0;
  for (let index = 0; index < weights.length; index++) total += weights[index] ?? 0;
  if (!(total > 0)) return -1;
  let left = stream.nextUniform() * total;
  for (let index = 0; index < weights.length; index++) {
    left -= weights[index] ?? 0;
    if (left < 0) return index;
  }
  return weights.findLastIndex((weight) => weight > 0);
}

/** A validation window has its own share where it is named, else that of the stage it lies in. */
function returningAt(
  timeMs: number,
  domain: string,
  { returning, schedule, validation }: SimulatorOptions,
): number | null {
  if (returning === undefined) return null;
  const within = ({ startMs, endMs }: Period) => timeMs >= startMs && timeMs < endMs;
  const shareOf = (name: string) => {
    const share = ownOf(returning, name);
    return typeof share === 'object' ? ownOf(share, domain) : share;
  };
  const own = validation !== undefined && within(validation) ? shareOf('validation') : undefined;
  const period = [...schedule.stages, schedule.test].find(within);
  return own ?? shareOf(period?.name ?? '') ?? null;
}

function ownOf<Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

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
