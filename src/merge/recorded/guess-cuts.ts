import type { RangeSums, SumValues } from '../range-form.ts';
import { BLOCK_ELEMENTS } from '../range-form.ts';
import { ALL } from '../ties/trim-kernels.ts';
import { cutOf, endsOf, operandsOf, remainingOf, type Choice, type RunEnds } from './choice.ts';
import { countEnd, groupsOf, type Digit } from './count-digits.ts';
import {
  equalBySection,
  keysOfLists,
  mostKeysOf,
  rankedKey,
  windowOf,
  type KeyBand,
  type KeyWindow,
  type RankedKey,
} from './key-window.ts';
import type { Part } from './parts.ts';
import type { End } from './scene.ts';

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
/** Of all elements: a window with more is looked into for keys that many elements share. */
const CROWDED = 1 / 8;

/** For cuts that are known but for which of several equal ones is the last: those of every section. */
export type EqualCounts = ReadonlyMap<Choice, ReadonlyMap<Part, SumValues>>;

/**
 * Finds cuts in one pass: one over a sample says between which keys a cut should be; where that is
 * true of many elements, another one which of the keys most of them share. The last counts what is
 * above, counts what is shared and lists all others between. Those of which the guess was wrong are
 * left as they are.
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

/** Another one says which keys in it many elements share, where it is crowded. */
async function windowsOf(bands: ReadonlyMap<Choice, KeyBand>, run: RunEnds) {
  const some = new Map<Choice, Uint32Array>();
  const choices = [...bands.keys()];
  // A tensor is in one segment of a step at most: it has one list of each.
  const lists = new Set(choices.map(({ step }) => step)).size;
  const most = mostKeysOf(lists, choices[0]?.parts[0]?.listBytes);
  const crowded = [...bands].filter(([{ parts }, { elements }]) => {
    return elements > Math.min(CROWDED * elementsOf(parts), most / 2);
  });
  await run(
    endsOf(
      crowded.map(([choice]) => choice),
      (choice) => {
        const band = bands.get(choice);
        return band === undefined ? null : { ...keysEnd(choice, band), sample: SAMPLE };
      },
    ),
    (part, sums) => {
      for (const [choice] of crowded) {
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
      return window.room <= most ? [[choice, window]] : [];
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
  const elements = elementsOf(parts);
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
    selection: step,
    sums: () => ({ [name]: { type: 'u32', length: SOME + 1, per: 'tensor', combine: 'list' } }),
    calls: (scene) => [
      {
        kernel: 'range_list_keys',
        arguments: [{ sums: name }, SOME, ...operandsOf(step, scene), 'count', low, high],
      },
    ],
  };
}

function windowEnd(choice: Choice, { low, high, shared, room }: KeyWindow): End {
  const { step, segment, name, parts } = choice;
  const [above, counts, ranked] = [`${name} above`, `${name} counts`, `${name} ranked`];
  const isShared = shared.length > 0;
  const [part] = parts;
  // One tensor that one range holds needs nobody to look through its list.
  const mayRank = !isShared && parts.length === 1 && part !== undefined;
  return {
    reads: [step.values, step.origin],
    selection: step,
    sums: () => ({
      [name]: { type: 'u32', length: room + 1, per: 'tensor', combine: 'list' },
      [above]: { type: 'u32', length: 1, per: 'tensor' },
      [counts]: { type: 'u32', length: isShared ? COUNTS : 1, per: 'section' },
      ...(mayRank && { [ranked]: { type: 'u32', length: RANKED, per: 'tensor' } }),
    }),
    ...(mayRank && {
      after: [
        {
          kernel: 'range_rank_list',
          arguments: [
            ...[{ sums: ranked }, { sums: name }, room, { sums: above }, { sums: counts }],
            ...(['count', part.elements, remainingOf(step, segment), low, high] as const),
          ],
        },
      ],
    }),
    calls: (scene) => [
      {
        kernel: isShared ? 'range_list_window' : 'range_list_band',
        arguments: [
          ...[{ sums: name }, room, { sums: above }, { sums: counts }],
          ...operandsOf(step, scene),
          ...(['count', low, high] as const),
          ...(isShared ? [0, 1, 2].map((k) => shared[k] ?? -1) : []),
        ],
      },
    ],
  };
}

/** Words of a section: how many are listed, and how many have each of the shared keys. */
const COUNTS = 4;
/** Whether a range has found the key; the key, how many listed ones are larger, how many equal. */
const RANKED = 4;

/** Of one part. */
interface Found {
  readonly above: number;
  readonly counts: Uint32Array;
  readonly list: Uint32Array;
  /** What a range has found; of sections there are the counts of the equal ones then. */
  readonly ranked: RankedKey | null;
}

function foundIn({ name }: Choice, sums: RangeSums): Found {
  const [isFound = 0, key = 0, above = 0, equal = 0] = sums[`${name} ranked`] ?? [];
  return {
    above: sums[`${name} above`]?.[0] ?? 0,
    counts: wordsOf(sums[`${name} counts`]),
    list: wordsOf(sums[name]),
    ranked: isFound === 1 ? { key, above, equal } : null,
  };
}

/** Sums of sections and lists are whole numbers of 32 bits already. */
function wordsOf(values: SumValues | undefined): Uint32Array {
  return values instanceof Uint32Array ? values : new Uint32Array(values ?? []);
}

/**
 * Writes the cut where the window holds it. Gives the counts of sections where some of those that are
 * equal to it go, and the last that stays has to be found.
 */
function keepRank(
  { step, segment, parts }: Choice,
  { low, high, shared, room }: KeyWindow,
  found: ReadonlyMap<Part, Found>,
): ReadonlyMap<Part, SumValues> | null {
  const own = parts.map((part) => found.get(part) ?? NOTHING);
  const lists = own.map(({ list }) => keysOfLists(list, room));
  if (lists.includes(null)) return null;
  const pieces = lists.map((list) => list ?? []);
  const columns = shared.map((_, k) => own.map(({ counts }) => column(counts, k + 1, COUNTS)));
  const counts = columns.map((sections) => sections.reduce((sum, one) => sum + totalOf(one), 0));
  const rank = remainingOf(step, segment) - own.reduce((sum, { above }) => sum + above, 0);
  const known = own[0]?.ranked ?? null;
  const ranked = known ?? rankedKey(pieces.flat(), { low, high, shared, counts }, rank);
  if (ranked === null) return null;
  const cut = cutOf(step, segment);
  cut[0] = ranked.key;
  cut[3] = 0;
  const wanted = rank - ranked.above;
  if (step.keepsTies || wanted === ranked.equal) {
    cut[1] = ALL;
    return null;
  }
  cut[3] = wanted;
  const place = shared.indexOf(ranked.key);
  const width = shared.length > 0 ? COUNTS : 1;
  return new Map(
    parts.map((part, k) => {
      const listed = column((own[k] ?? NOTHING).counts, 0, width);
      const counted = known === null ? columns[place]?.[k] : listed;
      return [part, counted ?? equalBySection(pieces[k] ?? [], listed, ranked.key)];
    }),
  );
}

const NOTHING: Found = {
  ...{ above: 0, counts: new Uint32Array(), list: new Uint32Array(), ranked: null },
};

/** Every so manieth word. */
function column(words: Uint32Array, first: number, width: number): Uint32Array {
  return words.filter((_, at) => at % width === first);
}

function totalOf(values: SumValues): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function elementsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { elements }) => sum + elements, 0);
}
