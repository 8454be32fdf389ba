/** Keys between which a cut is expected. */
export interface KeyWindow {
  readonly low: number;
  /** Behind the largest. */
  readonly high: number;
  /** Those that many elements have, at most three: they are counted, the others listed. */
  readonly shared: readonly number[];
  /** Keys of the longest list that is expected. */
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
/** More than a block: what is written behind the last key has room, too. */
const SPARE_KEYS = 8192;

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
  const room = Math.ceil(elements * Math.min(1, 1.25 * share + 1 / 16)) + SPARE_KEYS;
  return { low, high, shared: shared.map(([key]) => key), room };
}

/**
 * The keys of lists, range by range, nothing copied; null where one had more than `room`. In front of
 * each is how many belong there.
 */
export function keysOfLists(list: Uint32Array, room: number): readonly Uint32Array[] | null {
  const pieces: Uint32Array[] = [];
  for (let at = 0; at < list.length;) {
    const words = list[at] ?? 0;
    if (words > room) return null;
    pieces.push(list.subarray(at + 1, at + 1 + words));
    at += 1 + words;
  }
  return pieces;
}

export interface CountedKeys extends Pick<KeyWindow, 'low' | 'high' | 'shared'> {
  /** Of the shared keys. */
  readonly counts: readonly number[];
}

/** A key, of those larger how many there are, and of those equal. */
export interface RankedKey {
  readonly key: number;
  readonly above: number;
  readonly equal: number;
}

/** Keys of a list that is still worth its room. */
const MOST_KEYS = 2 ** 23;
/** Its room is that of the table by which the digits of many elements are counted instead. */
const LEAST_KEYS = 2 ** 16;

/**
 * How many keys each of several lists may have that are made at once. A cut whose window has more is
 * found by digits, in more passes and with the same bits.
 */
export function mostKeysOf(lists: number, listBytes = Infinity): number {
  const room = Math.floor(listBytes / Math.max(1, lists) / Uint32Array.BYTES_PER_ELEMENT);
  return Math.min(MOST_KEYS, Math.max(LEAST_KEYS, room));
}

const BIN_BITS = 12;

/**
 * The key with a rank, from the largest on, in a window; null where it is not there. Lists have
 * hundreds of thousands of keys, and there are hundreds of lists: each key is looked at twice, in loops
 * that know what they loop over.
 */
export function rankedKey(
  pieces: readonly Uint32Array[],
  { low, high, shared, counts }: CountedKeys,
  rank: number,
): RankedKey | null {
  if (rank < 1 || high <= low) return null;
  const shift = Math.max(0, 32 - Math.clz32(high - low) - BIN_BITS);
  const bins = new Int32Array(((high - 1 - low) >>> shift) + 1);
  for (const keys of pieces) countBins(bins, keys, low, shift);
  shared.forEach((key, k) => {
    const bin = (key - low) >>> shift;
    bins[bin] = (bins[bin] ?? 0) + (counts[k] ?? 0);
  });
  let above = 0;
  let bin = bins.length - 1;
  for (; bin >= 0 && above + (bins[bin] ?? 0) < rank; bin--) above += bins[bin] ?? 0;
  if (bin < 0) return null;
  const first = low + bin * 2 ** shift;
  const ofBin = new Map<number, number>();
  for (const keys of pieces) {
    for (const at of placesOf(keys, first, 2 ** shift)) {
      const key = keys[at] ?? 0;
      ofBin.set(key, (ofBin.get(key) ?? 0) + 1);
    }
  }
  shared.forEach((key, k) => {
    if ((key - low) >>> shift === bin) ofBin.set(key, counts[k] ?? 0);
  });
  for (const [key, equal] of [...ofBin].sort(([a], [b]) => b - a)) {
    if (above + equal >= rank) return { key, above, equal };
    above += equal;
  }
  return null;
}

function countBins(bins: Int32Array, keys: Uint32Array, low: number, shift: number): void {
  for (let i = 0; i < keys.length; i++) {
    const bin = ((keys[i] as number) - low) >> shift;
    bins[bin] = (bins[bin] as number) + 1;
  }
}

/** Where the keys of a list are that lie in a range. */
function placesOf(keys: Uint32Array, first: number, width: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < keys.length; i++) {
    if (((keys[i] as number) - first) >>> 0 < width) places.push(i);
  }
  return places;
}

/**
 * How often a key is among those listed of each section.
 * @param listed how many are of it; keys are in the order of the sections
 */
export function equalBySection(
  pieces: readonly Uint32Array[],
  listed: Uint32Array,
  key: number,
): Uint32Array {
  const equal = new Uint32Array(listed.length);
  let section = 0;
  let before = 0;
  let end = listed[0] ?? 0;
  for (const keys of pieces) {
    for (const place of placesOf(keys, key, 1)) {
      while (before + place >= end && section < listed.length) end += listed[++section] ?? 0;
      equal[section] = (equal[section] ?? 0) + 1;
    }
    before += keys.length;
  }
  return equal;
}
