import type { DomainData } from './types.ts';

export interface CoOccurrenceOptions {
  /** Only interactions before this time are counted. */
  readonly beforeMs: number;
  /** Largest distance between the two positions in a timeline. */
  readonly window: number;
  /** Weight of "later item leads back to the earlier one"; forward has 1. 1 is symmetric. */
  readonly backward: number;
}

/** Weighted counts per item: neighbour item -> weight; no item is its own neighbour. */
export type CoOccurrence = readonly ReadonlyMap<number, number>[];

/**
 * Counts pairs of different items standing near each other in a user's timeline; a pair at
 * distance d counts 1 / d.
 */
export function countCoOccurrence(data: DomainData, options: CoOccurrenceOptions): CoOccurrence {
  const counts = data.itemIds.map(() => new Map<number, number>());
  const add = (from: number, to: number, weight: number) => {
    const row = counts[from];
    row?.set(to, (row.get(to) ?? 0) + weight);
  };
  for (const { items, timesMs } of data.timelines) {
    for (let later = 1; later < items.length; later++) {
      if ((timesMs[later] ?? Infinity) >= options.beforeMs) break;
      for (let distance = 1; distance <= Math.min(options.window, later); distance++) {
        const [a, b] = [items[later - distance] ?? 0, items[later] ?? 0];
        if (a === b) continue;
        add(a, b, 1 / distance);
        if (options.backward > 0) add(b, a, options.backward / distance);
      }
    }
  }
  return counts;
}
