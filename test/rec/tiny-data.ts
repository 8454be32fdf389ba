import type { DomainData, InteractionLog, Period } from '../../src/rec/data/types.ts';

/** Timelines given as [item, time] pairs; items are named i0, i1, … and users u0, u1, …. */
export function tinyData(
  timelines: readonly (readonly (readonly [number, number])[])[],
): DomainData {
  const items = Math.max(...timelines.flat().map(([item]) => item)) + 1;
  return {
    domain: 'Tiny',
    itemIds: Array.from({ length: items }, (_, item) => `i${String(item)}`),
    titles: null,
    userIds: timelines.map((_, user) => `u${String(user)}`),
    timelines: timelines.map((pairs) => ({
      items: Uint32Array.from(pairs, ([item]) => item),
      timesMs: Float64Array.from(pairs, ([, timeMs]) => timeMs),
    })),
  };
}

/** One user whose k-th item is item k at time k. */
export function countingUser(length: number): [number, number][] {
  return Array.from({ length }, (_, k) => [k, k]);
}

export function period(name: string, startMs: number, endMs: number): Period {
  return { name, startMs, endMs };
}

/** A log from [user, item, time] rows in time order. */
export function tinyLog(
  rows: readonly (readonly [number, number, number])[],
  titles: readonly string[] | null = null,
): InteractionLog {
  const count = (column: 0 | 1) => Math.max(...rows.map((row) => row[column])) + 1;
  return {
    domain: 'Tiny',
    userIds: Array.from({ length: count(0) }, (_, user) => `u${String(user)}`),
    itemIds: Array.from({ length: count(1) }, (_, item) => `i${String(item)}`),
    titles,
    users: Uint32Array.from(rows, ([user]) => user),
    items: Uint32Array.from(rows, ([, item]) => item),
    timesMs: Float64Array.from(rows, ([, , timeMs]) => timeMs),
  };
}
