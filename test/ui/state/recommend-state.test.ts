import { describe, expect, it } from 'vitest';
import type { RecommendChoices } from '../../../src/lab/run/recommendations.ts';
import { wantedOf } from '../../../src/ui/session/recommend-draft.ts';
import {
  chanceText,
  recommendColumns,
  scoreText,
} from '../../../src/ui/figures/recommend-scene.ts';
import {
  namesOf,
  NOTHING_WANTED,
  resolved,
  typedHistory,
} from '../../../src/ui/state/recommend-state.ts';

const model = (name: string, role: 'cell' | 'merge', parents: string[] = [], isReady = true) => {
  return { name, role, parents, isReady };
};

const CHOICES: RecommendChoices = {
  ...{ domain: 'Games', seed: 1, outOf: 2, longest: 3 },
  titles: ['Zelda', 'Mario', 'Kirby', 'Mario', ''],
  customers: [
    { id: 'u1', history: [0, 1], taken: [2] },
    { id: 'u2', history: [2], taken: [0] },
  ],
  models: [
    model('Games/phase1', 'cell'),
    model('Games/phase2', 'cell'),
    model('Books/phase2', 'cell'),
    model('ties', 'merge', ['Games/phase2', 'Books/phase2'], false),
    model('average', 'merge', ['Books/phase2', 'Games/phase2']),
  ],
};
const NAMES = namesOf(CHOICES.titles);

describe('a typed history', () => {
  it('finds titles in whatever case, tells unknown ones, and keeps the newest', () => {
    expect(NAMES).toEqual(['Zelda', 'Mario', 'Kirby', 'Mario (2)', '']);
    expect(namesOf(NAMES)).toEqual(NAMES);
    expect(typedHistory([' zelda', 'MARIO  (2)', 'Metroid', 'kirby', ''], NAMES, 2)).toEqual({
      items: [3, 2],
      unknown: ['Metroid', ''],
      older: 1,
    });
    expect(typedHistory([], NAMES, 3)).toEqual({ items: [], unknown: [], older: 0 });
  });
});

describe('what is asked', () => {
  it('is a merge that is there between its parents, about the first customer', () => {
    expect(resolved(NOTHING_WANTED, CHOICES)).toEqual({
      ...{ first: 'Games/phase2', merge: 'average', second: 'Books/phase2' },
      ...{ customer: { at: 0 }, history: [0, 1], taken: [2], typed: null },
    });
  });

  it('holds the others against the shop’s own model', () => {
    const books = resolved(NOTHING_WANTED, { ...CHOICES, domain: 'Books' });
    expect([books.first, books.second]).toEqual(['Books/phase2', 'Games/phase2']);
    const live = resolved({ ...NOTHING_WANTED, isLive: true }, { ...CHOICES, domain: 'Books' });
    expect([live.first, live.merge, live.second]).toEqual(['Books/phase2', null, 'Games/phase2']);
  });

  it('is what was chosen, as far as it is still there', () => {
    const wanted = { ...NOTHING_WANTED, first: 'Games/phase1', second: 'gone', merge: 'ties' };
    const customer = { place: 7 };
    expect(resolved({ ...wanted, customer }, CHOICES)).toMatchObject({
      ...{ first: 'Games/phase1', merge: 'ties', second: 'Books/phase2', customer: { at: 0 } },
    });
    const none = resolved({ ...NOTHING_WANTED, merge: '' }, CHOICES);
    expect([none.first, none.merge, none.second]).toEqual(['Games/phase2', null, 'Books/phase2']);
  });

  it('is nothing while a typed history has no item, and never one for fixed candidates', () => {
    const typed = { ...NOTHING_WANTED, customer: { typed: ['Metroid'] } };
    expect(resolved(typed, CHOICES)).toMatchObject({
      customer: null,
      typed: { unknown: ['Metroid'] },
    });
    const named = { ...NOTHING_WANTED, customer: { typed: ['Kirby'] } };
    expect(resolved(named, CHOICES).customer).toEqual({ history: [2] });
    expect(resolved(named, { ...CHOICES, longest: null }).customer).toEqual({ at: 0 });
  });

  it('comes back from the storage as far as it is sound', () => {
    const wanted = { ...NOTHING_WANTED, domain: 'Books', customer: { typed: ['Kirby'] } };
    expect(wantedOf(JSON.parse(JSON.stringify(wanted)))).toEqual(wanted);
    expect(wantedOf({ customer: { place: -1 }, sampleSeed: 'x', first: 3 })).toEqual(
      NOTHING_WANTED,
    );
    for (const wrong of [null, 1, 'x', []]) expect(wantedOf(wrong)).toEqual(NOTHING_WANTED);
  });
});

describe('lists side by side', () => {
  const score = { title: 'log p', told: '', best: 'highest' as const };
  const list = (items: readonly number[], rank: number | null) => ({
    ...{ score, rank, reason: null },
    items: items.map((item, at) => ({ item, score: -1 - at })),
  });
  const answered = resolved({ ...NOTHING_WANTED, merge: 'average' }, CHOICES);

  it('tell what is new, moved and dropped against the first, and what was taken', () => {
    const answers = [
      { model: 'Games/phase2', recommendation: list([0, 1, 3], 0) },
      { model: 'average', recommendation: list([1, 2, 0], 2) },
    ];
    const columns = recommendColumns({ answers, answered, choices: CHOICES }, null);
    expect(columns.map(({ place, model }) => [place, model])).toEqual([
      ['first', 'Games/phase2'],
      ['merge', 'average'],
      ['second', 'Books/phase2'],
    ]);
    const [first, merge, second] = columns;
    expect(first?.titles?.map(({ moved }) => moved)).toEqual([0, 0, 0]);
    expect(first?.rank).toBe('taken next: not in the list');
    expect(merge?.titles).toEqual([
      { title: 'Mario', score: '−1.000', told: '-1', isTaken: false, moved: 1 },
      { title: 'Kirby', score: '−2.000', told: '-2', isTaken: true, moved: null },
      { title: 'Zelda', score: '−3.000', told: '-3', isTaken: false, moved: -2 },
    ]);
    expect(merge?.dropped).toEqual(['Mario']);
    expect(merge?.rank).toBe('taken next: place 2');
    expect(second).toMatchObject({ titles: null, dropped: [], rank: '' });
  });

  it('show the merge of the slider in the place of the chosen one', () => {
    const answers = [{ model: 'live', recommendation: list([2], null) }];
    const columns = recommendColumns({ answers, answered, choices: CHOICES }, 'live');
    expect(columns[1]).toMatchObject({ place: 'merge', model: 'on the slider', rank: '' });
    expect(columns[1]?.titles).toHaveLength(1);
  });

  it('have numbers that neighbours differ in', () => {
    expect([-3.14159, 0.5, -123.456].map(scoreText)).toEqual(['−3.142', '0.500', '−123.5']);
    expect([0, 0.0002, 0.1234, 1].map(chanceText)).toEqual(['0 %', '< 0.1 %', '12.3 %', '100 %']);
  });
});
