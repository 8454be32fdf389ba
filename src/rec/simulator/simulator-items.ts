import { RandomStream } from '../../core/rng.ts';
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

const BRANDS = 10;
const SERIES_LENGTH = 5;
/** Share of items that exist when the data start. */
export const EXISTING_ITEMS = 0.55;
const COMPANIONS = 2;

/** Two next volumes of the series, then two companions from anywhere nearby in taste. */
export const FOLLOWER_WEIGHTS: readonly number[] = [0.5, 0.2, 0.2, 0.1];

/**
 * Items come in series of 5 (one brand, one category, numbered by birth). A series lies at
 *   z = 0.7 category centre + 0.7 N(0, I), its items at z + 0.35 N(0, I).
 * A share of items exists at the start, the others are born evenly until the end.
 */
export function simulateItems(
  domain: string,
  count: number,
  startMs: number,
  endMs: number,
  seed: number,
  existing = EXISTING_ITEMS,
): SimulatedItem[] {
  const stream = new RandomStream(seed, `simulator/items/${domain}`);
  const normals = () => Array.from({ length: DIMENSIONS }, () => stream.nextNormal());
  const theme = themeOf(domain);
  const brands = brandNames(stream, BRANDS);
  const centres = theme.nouns.map(normals);
  const items: Omit<SimulatedItem, 'followers'>[] = [];
  while (items.length < count) {
    const category = stream.nextInt(theme.nouns.length);
    const brand = brands[stream.nextInt(brands.length)] ?? '';
    const own = normals();
    const middle = own.map((value, d) => 0.7 * (centres[category]?.[d] ?? 0) + 0.7 * value);
    const births = Array.from({ length: Math.min(SERIES_LENGTH, count - items.length) }, () =>
      stream.nextUniform() < existing
        ? startMs
        : startMs + stream.nextUniform() * (endMs - startMs),
    ).sort((a, b) => a - b);
    births.forEach((bornMs, index) => {
      const latent = middle.map((value) => value + 0.35 * stream.nextNormal());
      items.push({
        title: titleOf(theme, brand, category, latent, index + 1),
        category,
        latent,
        bornMs,
        appeal: stream.nextNormal(),
        peakMs: bornMs + stream.nextUniform() * (endMs - bornMs),
      });
    });
  }
  return items.map((item, index) => ({ ...item, followers: followersOf(items, index, stream) }));
}

function followersOf(
  items: readonly Pick<SimulatedItem, 'latent'>[],
  index: number,
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
    .filter(({ other }) => Math.floor(other / SERIES_LENGTH) !== series)
    .sort((a, b) => a.distance - b.distance || a.other - b.other)
    .slice(0, 5 * COMPANIONS);
  const companions = stream.shuffle(near).slice(0, COMPANIONS);
  return [...volumes, ...companions.map(({ other }) => other)];
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, d) => sum + (value - (b[d] ?? 0)) ** 2, 0);
}
