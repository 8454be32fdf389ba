import { beat } from '../../core/beat.ts';
import type { DomainData, InteractionLog, RankedList, Sample } from '../data/types.ts';
import { followerShares, openItems, simulatedShop } from './simulated-shop.ts';
import type { SimulatedShop } from './simulated-shop.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { DIMENSIONS } from './simulator-words.ts';
import { mirroredNormals, tasteParticles } from './taste-particles.ts';
import type { SeenChoice, TasteParticles } from './taste-particles.ts';

/** Particles of a user's taste: the proposal lies close to the posterior, so that few are enough. */
const PARTICLES = 48;
const NO_TASTE: readonly number[] = Array<number>(DIMENSIONS).fill(0);

/** A user's own past, as the generator made it. */
export interface PastChoices {
  readonly items: ArrayLike<number>;
  readonly timesMs: ArrayLike<number>;
}

/**
 * The best possible answer to "what comes next?": the generator's own conditional probability of
 * every item, given all that the user took before and the moment of the next interaction. Items'
 * tastes, births, waves and successors are known to it, the user's taste is not: that is integrated
 * over its posterior (`tasteParticles`). Nobody who ranks by anything else finds more on average;
 * what a user did in other domains, where both share a taste, is not looked at.
 */
export class SimulatorOracle {
  private readonly shop: SimulatedShop;
  private readonly features: Float64Array;
  private readonly normals: readonly Float64Array[];

  /** @param particles an even number; more of them, and the posterior is the exact one */
  constructor(domain: string, options: SimulatorOptions, particles = PARTICLES) {
    this.shop = simulatedShop(domain, options);
    const { latent, taste } = this.shop.preferences;
    this.features = latent.map((value) => (value * taste) / Math.sqrt(DIMENSIONS));
    this.normals = mirroredNormals(particles, DIMENSIONS, options.seed);
  }

  /** Per item of the domain the probability that it comes next at this time. Sums to 1. */
  probabilities(past: PastChoices, timeMs: number): Float64Array {
    const { shop } = this;
    const seen: number[] = [];
    const isTaken = new Uint8Array(shop.items.length);
    const choices = Array.from({ length: past.items.length }, (_, at): SeenChoice => {
      const item = past.items[at] ?? -1;
      // What was wanted shows: an evergreen item was taken because one was asked for, or none was left.
      const wants = shop.returningAt(past.timesMs[at] ?? NaN);
      const state = this.stateAt(
        seen,
        isTaken,
        past.timesMs[at] ?? NaN,
        wants === null ? null : shop.isEvergreen(item),
      );
      seen.push(item);
      isTaken[item] = 1;
      const { plain, follow, shares } = state;
      return { item, plain, follow, followed: shares.get(item) ?? 0 };
    });
    const tastes = tasteParticles(choices, this.features, DIMENSIONS, this.normals);
    const returning = shop.returningAt(timeMs);
    const wishes: (readonly [boolean | null, number])[] =
      returning === null
        ? [[null, 1]]
        : [
            [true, returning],
            [false, 1 - returning],
          ];
    const result = new Float64Array(shop.items.length);
    for (const [wants, probability] of wishes) {
      const { plain, follow, shares } = this.stateAt(seen, isTaken, timeMs, wants);
      for (const [item, share] of shares) result[item] = (result[item] ?? 0) + probability * share;
      addLiked(result, plain, probability * (1 - follow), tastes);
    }
    return result;
  }

  /** What can be taken at a time, for whom taste decides nothing, and what usually follows. */
  private stateAt(
    seen: readonly number[],
    isTaken: Uint8Array,
    timeMs: number,
    wantsEvergreen: boolean | null,
  ) {
    const { shop } = this;
    const open = openItems(shop, timeMs, isTaken, wantsEvergreen);
    shop.preferences.weigh(NO_TASTE, seen.at(-1) ?? -1, timeMs, open);
    const shares = followerShares(shop, seen, open);
    const follow = [...shares.values()].reduce((sum, share) => sum + share, 0);
    return { plain: shop.preferences.weights.slice(), follow, shares };
  }
}

function addLiked(
  result: Float64Array,
  plain: Float64Array,
  share: number,
  { likings, weights }: TasteParticles,
): void {
  likings.forEach((liking, particle) => {
    let total = 0;
    for (let item = 0; item < plain.length; item++) {
      total += (plain[item] ?? 0) * (liking[item] ?? 0);
    }
    const factor = (share * (weights[particle] ?? 0)) / total;
    for (let item = 0; item < plain.length; item++) {
      result[item] = (result[item] ?? 0) + factor * (plain[item] ?? 0) * (liking[item] ?? 0);
    }
  });
}

/**
 * Rankings by the oracle's probabilities; equal ones by index. What a user did is taken from the
 * simulated log, so that interactions which a filter drops are known, too.
 */
export function oracleRankings(
  log: InteractionLog,
  data: DomainData,
  samples: readonly Sample[],
  options: SimulatorOptions,
  length: number,
): RankedList[] {
  const oracle = new SimulatorOracle(data.domain, options);
  const pasts = pastsOf(log);
  const indexOf = new Map(data.itemIds.map((id, item) => [id, item]));
  const kept = log.itemIds.map((id) => indexOf.get(id) ?? -1);
  return samples.map(({ user, target, timeMs }) => {
    beat();
    const past = pasts.get(data.userIds[user] ?? '') ?? { items: [], timesMs: [] };
    const before = past.items.findIndex((item) => kept[item] === target);
    const known = { items: past.items.slice(0, before), timesMs: past.timesMs.slice(0, before) };
    const probabilities = oracle.probabilities(known, timeMs);
    const items = Array.from(probabilities, (_, item) => item)
      .filter((item) => (kept[item] ?? -1) >= 0)
      .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0) || a - b)
      .slice(0, length);
    return { user, target, items: items.map((item) => kept[item] ?? -1) };
  });
}

function pastsOf({ userIds, users, items, timesMs }: InteractionLog) {
  const pasts = new Map<string, { items: number[]; timesMs: number[] }>();
  for (const id of userIds) pasts.set(id, { items: [], timesMs: [] });
  users.forEach((user, row) => {
    const past = pasts.get(userIds[user] ?? '');
    past?.items.push(items[row] ?? -1);
    past?.timesMs.push(timesMs[row] ?? NaN);
  });
  return pasts;
}
