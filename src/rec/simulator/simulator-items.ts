import { RandomStream } from '../../core/rng.ts';
import type { Period } from '../data/types.ts';
import { brandNames, DIMENSIONS, themeOf, titleOf } from './simulator-words.ts';

/** One simulated item with everything that decides when and by whom it is chosen. */
export interface SimulatedItem {
  readonly title: string;
  readonly category: number;
  /** Taste coordinates: shared dimensions first, then the domain's own. */
  readonly latent: readonly number[];
  readonly bornMs: number;
  /** Log-popularity that never changes. */
  readonly appeal: number;
  /** When the item's own wave of attention peaks. */
  readonly peakMs: number;
  /** Items that tend to come right after it, with the weights of FOLLOWER_WEIGHTS. */
  readonly followers: readonly number[];
}

/** When the items of a domain are born. */
export interface Births {
  readonly startMs: number;
  readonly endMs: number;
  /** Share that exists at the start, item by item; the others are born evenly until the end. */
  readonly existing?: number;
  /** Instead of it: the share born in the first half of each period, whole series at a time. */
  readonly novelty?: readonly (Period & { readonly share: number })[];
  /** Whether companions are looked for among items of the same age alone: evergreen, or not. */
  readonly isByAge?: boolean;
}

const BRANDS = 10;
const SERIES_LENGTH = 5;
/** Share of items that exist when the data start. */
const EXISTING_ITEMS = 0.55;
const COMPANIONS = 2;

/** Two next volumes of the series, then two companions from anywhere nearby in taste. */
export const FOLLOWER_WEIGHTS: readonly number[] = [0.5, 0.2, 0.2, 0.1];

/**
 * Items come in series of 5 (one brand, one category, numbered by birth). A series lies at
 *   z = 0.7 category centre + 0.7 N(0, I), its items at z + 0.35 N(0, I).
 * A share of items exists at the start, the others are born evenly until the end, or as `novelty` says.
 */
export function simulateItems(
  domain: string,
  count: number,
  births: Births,
  seed: number,
): SimulatedItem[] {
  const stream = new RandomStream(seed, `simulator/items/${domain}`);
  const normals = () => Array.from({ length: DIMENSIONS }, () => stream.nextNormal());
  const theme = themeOf(domain);
  const brands = brandNames(stream, BRANDS);
  const centres = theme.nouns.map(normals);
  const bornMsOf = birthsOf(domain, count, births, seed);
  const items: Omit<SimulatedItem, 'followers'>[] = [];
  while (items.length < count) {
    const category = stream.nextInt(theme.nouns.length);
    const brand = brands[stream.nextInt(brands.length)] ?? '';
    const own = normals();
    const middle = own.map((value, d) => 0.7 * (centres[category]?.[d] ?? 0) + 0.7 * value);
    const series = Math.floor(items.length / SERIES_LENGTH);
    const born = Array.from({ length: Math.min(SERIES_LENGTH, count - items.length) }, () =>
      bornMsOf(series, stream),
    ).sort((a, b) => a - b);
    born.forEach((bornMs, index) => {
      const latent = middle.map((value) => value + 0.35 * stream.nextNormal());
      items.push({
        title: titleOf(theme, brand, category, latent, index + 1),
        category,
        latent,
        bornMs,
        appeal: stream.nextNormal(),
        peakMs: bornMs + stream.nextUniform() * (births.endMs - bornMs),
      });
    });
  }
  const isNear = (one: number, other: number) =>
    births.isByAge !== true || isEvergreen(items[one]) === isEvergreen(items[other]);
  return items.map((item, index) => ({
    ...item,
    followers: followersOf(items, index, isNear, stream),
  }));

  function isEvergreen(item: Pick<SimulatedItem, 'bornMs'> | undefined): boolean {
    return item !== undefined && item.bornMs <= births.startMs;
  }
}

/** When an item of a series is born. Which series belong to which period is drawn by itself. */
function birthsOf(
  domain: string,
  count: number,
  { startMs, endMs, existing = EXISTING_ITEMS, novelty }: Births,
  seed: number,
): (series: number, stream: RandomStream) => number {
  if (novelty === undefined) {
    return (_, stream) =>
      stream.nextUniform() < existing
        ? startMs
        : startMs + stream.nextUniform() * (endMs - startMs);
  }
  const length = Math.ceil(count / SERIES_LENGTH);
  const periods: (Period | null)[] = novelty
    .flatMap((period) => Array<Period>(Math.round(period.share * length)).fill(period))
    .slice(0, length);
  while (periods.length < length) periods.push(null);
  new RandomStream(seed, `simulator/births/${domain}`).shuffle(periods);
  return (series, stream) => {
    const period = periods[series] ?? null;
    if (period === null) return startMs;
    return period.startMs + (0.5 * stream.nextUniform() + 1e-9) * (period.endMs - period.startMs);
  };
}

function followersOf(
  items: readonly Pick<SimulatedItem, 'latent'>[],
  index: number,
  isNear: (one: number, other: number) => boolean,
  stream: RandomStream,
): number[] {
  const series = Math.floor(index / SERIES_LENGTH);
  const volumes = [1, 2].map((step) => {
    const offset = ((index % SERIES_LENGTH) + step) % SERIES_LENGTH;
    return Math.min(items.length - 1, series * SERIES_LENGTH + offset);
  });
  const own = items[index]?.latent ?? [];
  const near = items
    .map((item, other) => ({ other, distance: squaredDistance(own, item.latent) }))
    .filter(({ other }) => Math.floor(other / SERIES_LENGTH) !== series && isNear(index, other))
    .sort((a, b) => a.distance - b.distance || a.other - b.other)
    .slice(0, 5 * COMPANIONS);
  const companions = stream.shuffle(near).slice(0, COMPANIONS);
  return [...volumes, ...companions.map(({ other }) => other)];
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, d) => sum + (value - (b[d] ?? 0)) ** 2, 0);
}
