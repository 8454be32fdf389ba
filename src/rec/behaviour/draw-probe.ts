import { RandomStream } from '../../core/rng.ts';
import type { ClickSample } from './behaviour-types.ts';

/**
 * A fixed draw of at most `most` samples to measure a model on. Users are drawn whole, because
 * GAUC needs both classes of a user; in the order of the samples. Where no user has so few samples,
 * the first ones of all.
 */
export function drawProbe(
  samples: readonly ClickSample[],
  most: number,
  seed: number,
): readonly ClickSample[] {
  if (samples.length <= most) return samples;
  const counts = new Map<number, number>();
  for (const { user } of samples) counts.set(user, (counts.get(user) ?? 0) + 1);
  const drawn = new Set<number>();
  let total = 0;
  for (const user of new RandomStream(seed, 'probe').shuffle([...counts.keys()])) {
    const own = counts.get(user) ?? 0;
    if (total + own > most) continue;
    drawn.add(user);
    total += own;
  }
  if (total === 0) return samples.slice(0, most);
  return samples.filter(({ user }) => drawn.has(user));
}
