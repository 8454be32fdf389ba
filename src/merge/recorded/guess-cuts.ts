import type { RangeSums, SumValues } from '../range-form.ts';
import { BLOCK_ELEMENTS } from '../range-form.ts';
import { ALL } from '../ties/trim-kernels.ts';
import { cutOf, endsOf, operandsOf, remainingOf, type Choice, type RunEnds } from './choice.ts';
import { countEnd, groupsOf, type Digit } from './count-digits.ts';
import { joinedLists, rankedKey, windowOf, type KeyBand, type KeyWindow } from './key-window.ts';
import type { Part } from './parts.ts';
import type { End } from './plan-pass.ts';

/** Of so many blocks one is looked at for a guess. */
const SAMPLE = 16;
/** 64 bins an octave of magnitudes: keys of few of them are listed then. */
const COARSE: Digit = { shift: 17, bits: 14 };
/**
 * How far the rank of an element in a sample of one block may be from its rank in all, as a share of
 * the elements. Blocks are some rows, and rows of a model differ: this covers scales that vary by a
 * fifth. What is missed costs passes, never a result.
 */
const SPREAD = 0.07;
/** Keys that are looked at for those that many share. */
const SOME = 1024;
/** Words of a list that is still worth its room. */
const MOST_WORDS = 2 ** 22;

/** For cuts that are known but for which of several equal ones is the last: those of every section. */
export type EqualCounts = ReadonlyMap<Choice, ReadonlyMap<Part, SumValues>>;

/**
 * Finds cuts in one pass: two over a sample say between which keys a cut should be, and the third
 * counts what is above, counts what many elements share and lists all others between. Those of
 * which the guess was wrong are left as they are.
 */
export async function guessCuts(choices: readonly Choice[], run: RunEnds): Promise<EqualCounts> {
  const windows = await windowsOf(await bandsOf(choices, run), run);
  const found = new Map<Choice, Map<Part, Found>>(
    [...windows.keys()].map((one) => [one, new Map()]),
  );
  await run(
    endsOf([...windows.keys()], (choice) => {
      const window = windows.get(choice);
      return window === undefined ? null : windowEnd(choice, window);
    }),
    (part, sums) => {
      for (const [choice, of] of found) {
        if (choice.parts.includes(part)) of.set(part, foundIn(choice, sums));
      }
    },
  );
  const ties = new Map<Choice, ReadonlyMap<Part, SumValues>>();
  for (const [choice, window] of windows) {
    const equal = keepRank(choice, window, found.get(choice) ?? new Map());
    if (equal !== null) ties.set(choice, equal);
  }
  return ties;
}

/** One pass over a sample says between which coarse digits a cut should be. */
async function bandsOf(choices: readonly Choice[], run: RunEnds) {
  const groups = groupsOf(choices, COARSE);
  const counts = new Map<Choice, Float64Array>();
  await run(
    endsOf([...groups.keys()], (leader) => ({ ...countEnd(leader, COARSE), sample: SAMPLE })),
    (part, sums) => {
      for (const [leader, group] of groups) {
        if (!leader.parts.includes(part)) continue;
        for (const choice of group) addTo(counts, choice, sums[leader.name]);
      }
    },
  );
  return new Map(
    choices.flatMap((choice): [Choice, KeyBand][] => {
      const band = bandOf(choice, counts.get(choice) ?? new Float64Array());
      return band === null ? [] : [[choice, band]];
    }),
  );
}

/** Another one says which keys in it many elements share. */
async function windowsOf(bands: ReadonlyMap<Choice, KeyBand>, run: RunEnds) {
  const some = new Map<Choice, Uint32Array>();
  await run(
    endsOf([...bands.keys()], (choice) => {
      const band = bands.get(choice);
      return band === undefined ? null : { ...keysEnd(choice, band), sample: SAMPLE };
    }),
    (part, sums) => {
      for (const choice of bands.keys()) {
        if (some.has(choice) || !choice.parts.includes(part)) continue;
        // Of several lists the first will do.
        const [used = 0, ...keys] = (sums[choice.name] ?? new Float64Array()).slice(0, SOME + 1);
        some.set(choice, Uint32Array.from(keys.slice(0, used)));
      }
    },
  );
  return new Map(
    [...bands].flatMap(([choice, band]): [Choice, KeyWindow][] => {
      const window = windowOf(band, some.get(choice) ?? new Uint32Array());
      return window.room <= MOST_WORDS ? [[choice, window]] : [];
    }),
  );
}

function addTo(counts: Map<Choice, Float64Array>, choice: Choice, found?: SumValues): void {
  const before = counts.get(choice);
  if (before === undefined) counts.set(choice, new Float64Array(found ?? []));
  else if (found !== undefined) {
    for (let bin = 0; bin < before.length; bin++)
      before[bin] = (before[bin] ?? 0) + (found[bin] ?? 0);
  }
}

/** Digits go down from the largest. Null where the sample is too small. */
function bandOf({ step, segment, parts }: Choice, counts: Float64Array): KeyBand | null {
  const sampled = totalOf(counts);
  if (sampled < BLOCK_ELEMENTS) return null;
  const elements = parts.reduce((sum, part) => sum + part.elements, 0);
  const rank = (remainingOf(step, segment) * sampled) / elements;
  const margin = (sampled * SPREAD) / Math.sqrt(sampled / BLOCK_ELEMENTS);
  let bin = counts.length - 1;
  let above = 0;
  for (; bin > 0 && above + (counts[bin] ?? 0) < rank - margin; bin--) above += counts[bin] ?? 0;
  const top = bin;
  let count = counts[bin] ?? 0;
  for (; bin > 0 && above + count < rank + margin; bin--) count += counts[bin - 1] ?? 0;
  const high = Math.min((top + 1) * 2 ** COARSE.shift, LARGEST);
  return { low: bin * 2 ** COARSE.shift, high, elements: (count * elements) / sampled };
}

/** Bounds of keys are whole numbers with a sign. */
const LARGEST = 2 ** 31 - 1;

function keysEnd({ step, name }: Choice, { low, high }: KeyBand): End {
  return {
    reads: [step.values, step.origin],
    sums: () => ({ [name]: { type: 'u32', length: SOME + 1, per: 'tensor', combine: 'list' } }),
    calls: (scene) => [
      {
        kernel: 'range_list_keys',
        arguments: [{ sums: name }, SOME, ...operandsOf(step, scene), 'count', low, high],
      },
    ],
  };
}

function windowEnd({ step, name }: Choice, { low, high, shared, room }: KeyWindow): End {
  const [above, equal] = [`${name} above`, `${name} equal`];
  return {
    reads: [step.values, step.origin],
    sums: () => ({
      [name]: { type: 'u32', length: room + 1, per: 'tensor', combine: 'list' },
      [above]: { type: 'u32', length: 1, per: 'tensor' },
      [equal]: { type: 'u32', length: 3, per: 'section' },
    }),
    calls: (scene) => [
      {
        kernel: 'range_list_window',
        arguments: [
          ...[{ sums: name }, room, { sums: above }, { sums: equal }],
          ...operandsOf(step, scene),
          ...(['count', 'first', low, high] as const),
          ...Array.from({ length: 3 }, (_, k) => shared[k] ?? -1),
        ],
      },
    ],
  };
}

/** Of one part. */
interface Found {
  readonly above: number;
  readonly equal: SumValues;
  readonly list: SumValues;
}

function foundIn({ name }: Choice, sums: RangeSums): Found {
  const none = new Float64Array();
  return {
    above: sums[`${name} above`]?.[0] ?? 0,
    equal: sums[`${name} equal`] ?? none,
    list: sums[name] ?? none,
  };
}

/**
 * Writes the cut where the window holds it. Gives the counts of sections where it is one of the keys
 * that are not listed, and the last of them has to be found.
 */
function keepRank(
  { step, segment, parts }: Choice,
  { low, high, shared, room }: KeyWindow,
  found: ReadonlyMap<Part, Found>,
): ReadonlyMap<Part, SumValues> | null {
  const lists = parts.map((part) => found.get(part)?.list ?? new Float64Array());
  const pairs = joinedLists(lists, room);
  if (pairs === null) return null;
  const column = (part: Part, k: number): SumValues =>
    (found.get(part)?.equal ?? new Float64Array()).filter((_, at) => at % 3 === k);
  const counts = shared.map((_, k) =>
    parts.reduce((sum, part) => sum + totalOf(column(part, k)), 0),
  );
  const keys = new Uint32Array(pairs.length / 2);
  for (let pair = 0; pair < keys.length; pair++) keys[pair] = pairs[2 * pair] ?? 0;
  const above = parts.reduce((sum, part) => sum + (found.get(part)?.above ?? 0), 0);
  const rank = remainingOf(step, segment) - above;
  const ranked = rankedKey(keys, { low, high, shared, counts }, rank);
  if (ranked === null) return null;
  const cut = cutOf(step, segment);
  cut[0] = ranked.key;
  cut[3] = 0;
  const wanted = rank - ranked.above;
  if (step.keepsTies || wanted === ranked.equal) {
    cut[1] = ALL;
    return null;
  }
  const place = shared.indexOf(ranked.key);
  if (place >= 0) {
    cut[3] = wanted;
    return new Map(parts.map((part) => [part, column(part, place)]));
  }
  cut[1] = placeOf(parts, lists, { key: ranked.key, wanted, room });
  return null;
}

function totalOf(values: SumValues): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The place in the arena of the `wanted`-th element with a key. */
function placeOf(
  parts: readonly Part[],
  lists: readonly SumValues[],
  { key, wanted, room }: { readonly key: number; readonly wanted: number; readonly room: number },
): number {
  let left = wanted;
  for (const [k, part] of parts.entries()) {
    const pairs = joinedLists([lists[k] ?? new Float64Array()], room) ?? [];
    for (let at = 0; at < pairs.length; at += 2) {
      if (pairs[at] !== key) continue;
      left--;
      if (left === 0) return part.offset + (pairs[at + 1] ?? 0);
    }
  }
  return ALL;
}
