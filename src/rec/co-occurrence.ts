import type { DomainData } from './types.ts';

export interface CoOccurrenceOptions {
  /** Only interactions before this time are counted. */
  readonly beforeMs: number;
  /** Largest distance between the two positions in a timeline. */
  readonly window: number;
  /** Weight of a pair at distance d (1 = neighbours). */
  readonly weight: (distance: number) => number;
}

/** Weighted counts per item: neighbour item -> weight. Symmetric; no item is its own neighbour. */
export type CoOccurrence = readonly ReadonlyMap<number, number>[];

/** Counts pairs of different items that stand near each other in a user's timeline. */
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
        const weight = options.weight(distance);
        add(a, b, weight);
        add(b, a, weight);
      }
    }
  }
  return counts;
}
