import type { SumValues } from '../range-form.ts';

/** Keys between which a cut is expected. */
export interface KeyWindow {
  readonly low: number;
  /** Behind the largest. */
  readonly high: number;
  /** Those that many elements have, at most three: they are counted, the others listed. */
  readonly shared: readonly number[];
  /** Words of the longest list that is expected: two an element. */
  readonly room: number;
}

/** What a sample says of the keys among which a cut should be. */
export interface KeyBand extends Pick<KeyWindow, 'low' | 'high'> {
  /** Elements, of all that are cut, that should have such keys. */
  readonly elements: number;
}

/** Shared keys must be worth counting. */
const LEAST_SHARE = 1 / 64;
const MOST_SHARED = 3;
const SPARE_PAIRS = 4096;

/** The window of a band, of whose keys some are given: what few of them share is shared by many. */
export function windowOf({ low, high, elements }: KeyBand, some: Uint32Array): KeyWindow {
  const counts = new Map<number, number>();
  for (const key of some) counts.set(key, (counts.get(key) ?? 0) + 1);
  const least = Math.max(4, some.length * LEAST_SHARE);
  const shared = [...counts]
    .filter(([, count]) => count >= least)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_SHARED);
  const listed = some.length - shared.reduce((sum, [, count]) => sum + count, 0);
  const share = some.length === 0 ? 1 : listed / some.length;
  const pairs = Math.ceil(elements * Math.min(1, 1.25 * share + 1 / 16)) + SPARE_PAIRS;
  return { low, high, shared: shared.map(([key]) => key), room: 2 * pairs };
}

/** The words of lists one after the other; null where one had more than `room`. */
export function joinedLists(lists: readonly SumValues[], room: number): Uint32Array | null {
  const pieces: SumValues[] = [];
  for (const list of lists) {
    for (let at = 0; at < list.length;) {
      const words = list[at] ?? 0;
      if (words > room) return null;
      pieces.push(list.subarray(at + 1, at + 1 + words));
      at += 1 + words;
    }
  }
  const all = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export interface CountedKeys extends Pick<KeyWindow, 'low' | 'high' | 'shared'> {
  /** Of the shared keys. */
  readonly counts: readonly number[];
}

const BIN_BITS = 12;

/** The key with a rank, from the largest on, in a window; null where it is not there. */
export function rankedKey(
  keys: Uint32Array,
  { low, high, shared, counts }: CountedKeys,
  rank: number,
): { readonly key: number; readonly above: number; readonly equal: number } | null {
  if (rank < 1 || high <= low) return null;
  const shift = Math.max(0, 32 - Math.clz32(high - low) - BIN_BITS);
  const binOf = (key: number): number => (key - low) >>> shift;
  const bins = new Float64Array(binOf(high - 1) + 1);
  for (const key of keys) bins[binOf(key)] = (bins[binOf(key)] ?? 0) + 1;
  shared.forEach((key, k) => (bins[binOf(key)] = (bins[binOf(key)] ?? 0) + (counts[k] ?? 0)));
  let above = 0;
  let bin = bins.length - 1;
  for (; bin >= 0 && above + (bins[bin] ?? 0) < rank; bin--) above += bins[bin] ?? 0;
  if (bin < 0) return null;
  const ofBin = new Map<number, number>();
  for (const key of keys) if (binOf(key) === bin) ofBin.set(key, (ofBin.get(key) ?? 0) + 1);
  shared.forEach((key, k) => {
    if (binOf(key) === bin) ofBin.set(key, counts[k] ?? 0);
  });
  for (const [key, equal] of [...ofBin].sort(([a], [b]) => b - a)) {
    if (above + equal >= rank) return { key, above, equal };
    above += equal;
  }
  return null;
}
