import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import {
  beamsOf,
  listLength,
  maskedRanks,
  repeatedTargets,
  seenItems,
} from '../../../src/lab/work/mask-history.ts';
import type { DomainData, Sample } from '../../../src/rec/data/types.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';

const TEST = { name: 'test', startMs: 100, endMs: 200 };
/** Two users; the model reads the two newest items, the whole history of the first has four. */
const DATA: DomainData = {
  domain: 'Games',
  itemIds: Array.from({ length: 9 }, (_, item) => `i${String(item)}`),
  titles: null,
  userIds: ['a', 'b'],
  timelines: [
    {
      items: Uint32Array.of(0, 1, 2, 3, 4, 8),
      timesMs: Float64Array.of(10, 20, 30, 40, 150, 250),
    },
    { items: Uint32Array.of(5, 6, 5), timesMs: Float64Array.of(10, 20, 120) },
  ],
};
const SAMPLES: Sample[] = [
  { user: 0, target: 4, timeMs: 150, history: [2, 3] },
  { user: 1, target: 5, timeMs: 120, history: [5, 6] },
];
const LISTS = [
  { user: 0, target: 4, items: [3, 0, 7, 4, 1] },
  { user: 1, target: 5, items: [5, 6, 0, -1] },
];
const settings = (maskHistory?: boolean) => {
  return { test: TEST, cutoffs: [1, 2], ...(maskHistory !== undefined && { maskHistory }) };
};

describe('one mask for every ranker', () => {
  it('covers the whole history before the target, whatever the model reads', () => {
    expect(seenItems(DATA, TEST, SAMPLES).map((items) => [...items])).toEqual([
      [0, 1, 2, 3],
      [5, 6],
    ]);
  });

  it('fails users who take an item again, and counts them', () => {
    expect(repeatedTargets(DATA, settings(true), SAMPLES)).toBe(1);
    expect(repeatedTargets(DATA, settings(true), SAMPLES.slice(0, 1))).toBe(0);
  });

  it('asks for lists that are long enough without the longest history', () => {
    expect(listLength(DATA, settings(true), SAMPLES)).toBe(2 + 4);
    expect(listLength(DATA, settings(false), SAMPLES)).toBe(2 + 4);
    expect(listLength(DATA, settings(), SAMPLES)).toBe(2);
    expect(listLength(DATA, { ...settings(true), cutoffs: [8] }, SAMPLES)).toBe(9);
    const sampling = { history: 30, minEarlier: 4 };
    expect(beamsOf({ beam: 20, sampling, maskHistory: true })).toBe(50);
    expect(beamsOf({ beam: 60, sampling, maskHistory: false })).toBe(64);
    expect(beamsOf({ beam: 20, sampling })).toBe(20);
  });

  it('takes the history out of a list, and gives the number with it in beside', () => {
    // 4 stands behind 3 and 0, which were taken: with 7 before it, it is the second. What was taken
    // before and is taken again cannot be an answer.
    expect(maskedRanks(DATA, settings(true), SAMPLES, LISTS)).toEqual({
      ranks: [2, 0],
      otherRanks: [0, 1],
      // What is left of the second list is one item.
      shortLists: 1,
    });
    expect(maskedRanks(DATA, settings(false), SAMPLES, LISTS)).toEqual({
      ranks: [0, 1],
      otherRanks: [2, 0],
    });
  });

  it('leaves lists alone where nothing was chosen, as before there was a choice', () => {
    expect(maskedRanks(DATA, settings(), SAMPLES, LISTS)).toEqual({ ranks: [4, 1] });
  });
});

describe('evaluation.maskHistory', () => {
  const masked = { 'evaluation: {': 'evaluation: { maskHistory: true,' };

  it('is part of every evaluation’s and baseline’s job, and of no other', async () => {
    const plain = await planExperiment(tinyExperiment(), 'a'.repeat(64));
    const chosen = await planExperiment(tinyExperiment(masked), 'a'.repeat(64));
    const before = new Set(plain.jobs.map(({ id }) => id));
    const other = chosen.jobs.filter(({ id }) => !before.has(id));
    expect(new Set(other.map(({ kind }) => kind))).toEqual(new Set(['evaluate', 'baseline']));
    expect(other).toHaveLength(
      plain.jobs.filter(({ kind }) => kind === 'evaluate' || kind === 'baseline').length,
    );
  });

  it('is the only mask: that of embeddings beside it is a fault', () => {
    const base = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }';
    const parsed = parseExperiment(
      tinyWith({
        ...masked,
        'base: { epochs: 1 }': `${base}\nparadigm: embedding\nembedding: { maskHistory: true }`,
      }),
    );
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      'means nothing beside evaluation.maskHistory, which masks for every model alike.',
    ]);
  });
});
