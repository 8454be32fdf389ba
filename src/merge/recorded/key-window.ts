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

/** Keys of a sample and ranks in it, counted from the largest key. */
export interface SampledKeys {
  readonly keys: Uint32Array;
  /** Keys of the sample that are larger than all listed ones. */
  readonly above: number;
  readonly sampled: number;
  /** Of what is cut, all parts together. */
  readonly elements: number;
  readonly rank: number;
  readonly margin: number;
  /** Bounds of the listed keys. */
  readonly low: number;
  readonly high: number;
}

/** Shared keys must be worth counting. */
const LEAST_SHARE = 1 / 64;
const MOST_SHARED = 3;
const SPARE_PAIRS = 4096;

/** The window that the sample suggests; null where it says nothing. */
export function windowOf(sample: SampledKeys): KeyWindow | null {
  const { above, sampled, elements, rank, margin } = sample;
  const keys = sample.keys.slice().sort();
  if (keys.length === 0) return null;
  const at = (place: number): number => keys[keys.length - 1 - Math.floor(place)] ?? 0;
  const isTop = rank - margin - above < 0;
  const isBottom = rank + margin - above >= keys.length;
  const high = isTop ? sample.high : at(rank - margin - above) + 1;
  const low = isBottom ? sample.low : at(rank + margin - above);
  const runs = runsOf(keys, low, high);
  const within = runs.reduce((sum, { count }) => sum + count, 0);
  const shared = runs
    .filter(({ count }) => count >= Math.max(8, within * LEAST_SHARE))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_SHARED);
  const listed = within - shared.reduce((sum, { count }) => sum + count, 0);
  const pairs = Math.ceil((listed * 1.5 * elements) / sampled) + SPARE_PAIRS;
  return { low, high, shared: shared.map(({ key }) => key), room: 2 * pairs };
}

function runsOf(sorted: Uint32Array, low: number, high: number) {
  const runs: { key: number; count: number }[] = [];
  for (const key of sorted) {
    if (key < low || key >= high) continue;
    const last = runs.at(-1);
    if (last?.key === key) last.count++;
    else runs.push({ key, count: 1 });
  }
  return runs;
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
