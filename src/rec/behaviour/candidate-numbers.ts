import type { NumberName } from './behaviour-types.ts';

/** When each item of a domain was had, and when it was first seen at all. */
export interface ItemTimes {
  /** How often item `item` was had before `timeMs`. */
  countBefore(item: number, timeMs: number): number;
  /** Per item, ms; Infinity for one that was never seen. */
  readonly firstSeenMs: Float64Array;
}

/** Mean and standard deviation per number, over training samples. */
export interface NumberScale {
  readonly mean: number;
  readonly deviation: number;
}

const DAY_MS = 86_400_000;
/** A new bestseller must not drown what the model has learnt of the other inputs. */
const CLAMP = 3;

/** @param events pairs (item, time) in any order; sightings that are none count for the age only */
export function itemTimes(
  itemCount: number,
  events: { readonly items: readonly number[]; readonly timesMs: readonly number[] },
  sightings: { readonly items: readonly number[]; readonly timesMs: readonly number[] } = events,
): ItemTimes {
  const starts = new Uint32Array(itemCount + 1);
  for (const item of events.items) starts[item + 1] = (starts[item + 1] ?? 0) + 1;
  for (let item = 0; item < itemCount; item++) {
    starts[item + 1] = (starts[item + 1] ?? 0) + (starts[item] ?? 0);
  }
  const times = new Float64Array(events.items.length);
  const next = starts.slice();
  events.items.forEach((item, event) => {
    const at = next[item] ?? 0;
    times[at] = events.timesMs[event] ?? NaN;
    next[item] = at + 1;
  });
  const firstSeenMs = new Float64Array(itemCount).fill(Infinity);
  for (let item = 0; item < itemCount; item++)
    times.subarray(starts[item], starts[item + 1]).sort();
  sightings.items.forEach((item, index) => {
    firstSeenMs[item] = Math.min(
      firstSeenMs[item] ?? Infinity,
      sightings.timesMs[index] ?? Infinity,
    );
  });
  return {
    firstSeenMs,
    countBefore(item, timeMs) {
      const start = starts[item] ?? 0;
      return lowerBound(times, timeMs, start, starts[item + 1] ?? start) - start;
    },
  };
}

/**
 * The numbers of a candidate from what lies before `timeMs`, not yet standardised: popularity
 * ln(1 + times it was had), itemAge ln(1 + days since it was first seen; 0 when it never was),
 * historyLength ln(1 + all earlier items of the user).
 */
export function rawNumber(
  name: NumberName,
  times: ItemTimes,
  { item, timeMs, earlier }: { readonly item: number; timeMs: number; readonly earlier: number },
): number {
  switch (name) {
    case 'popularity':
      return Math.log1p(times.countBefore(item, timeMs));
    case 'itemAge':
      return Math.log1p(Math.max(0, timeMs - (times.firstSeenMs[item] ?? Infinity)) / DAY_MS);
    case 'historyLength':
      return Math.log1p(earlier);
  }
}

/** @param rows numbers of the samples that set the scale, at least one */
export function numberScales(rows: readonly (readonly number[])[], count: number): NumberScale[] {
  return Array.from({ length: count }, (_, column) => {
    const mean = rows.reduce((sum, row) => sum + (row[column] ?? NaN), 0) / rows.length;
    const squares = rows.reduce((sum, row) => sum + ((row[column] ?? NaN) - mean) ** 2, 0);
    return { mean, deviation: Math.sqrt(squares / rows.length) };
  });
}

/** Standardised and clamped to ±3; a number that never varies is 0. */
export function scaleNumbers(raw: readonly number[], scales: readonly NumberScale[]): number[] {
  return raw.map((value, column) => {
    const { mean = 0, deviation = 0 } = scales[column] ?? {};
    // Rounding alone makes equal values differ by about 1e-16 of their size.
    if (!(deviation > 1e-9)) return 0;
    return Math.min(CLAMP, Math.max(-CLAMP, (value - mean) / deviation));
  });
}

/** First position in [start, end) of a sorted array whose value is at least `value`. */
export function lowerBound(
  sorted: ArrayLike<number>,
  value: number,
  start = 0,
  end = sorted.length,
): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
