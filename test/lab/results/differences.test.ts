import { describe, expect, it } from 'vitest';
import type { Answers, Asked, RunAnswers } from '../../../src/lab/results/answers.ts';
import { NO_ANSWERS, withAnswers } from '../../../src/lab/results/answers.ts';
import { differencesTo, referenceNames } from '../../../src/lab/results/differences.ts';

const GAMES: Asked = {
  key: 'games',
  domain: 'Games',
  period: 'test',
  split: 'test',
  users: ['a', 'b', 'c', 'd'],
  items: ['i', 'j', 'k', 'l'],
};
/** Of a probe: fewer users of the same window, in another order. */
const SOME: Asked = { ...GAMES, key: 'some', users: ['d', 'b', 'x'], items: ['l', 'j', 'm'] };

function model(name: string, ranks: readonly number[], changes: Partial<Answers> = {}): Answers {
  const who = { modelId: `id ${name}`, model: name, kind: 'cell', recipeHash: '' } as const;
  const answers = { type: 'ranks', asked: 'games', cutoffs: [1], ranks, own: true } as const;
  return { ...who, ...answers, seed: 1, ...changes } as Answers;
}

function recallOf(answers: RunAnswers, reference: string) {
  return differencesTo(answers, reference).filter(({ metric }) => metric === 'recall');
}

const BASELINE = model('most popular', [2, 0, 1, 0], { kind: 'baseline', seed: 0 });

describe('differences to a reference', () => {
  it('are paired by user, with interval', () => {
    const answers = { asked: [GAMES], models: [model('Games/phase2', [1, 1, 1, 0]), BASELINE] };
    const rows = recallOf(answers, 'most popular');
    // User by user 100, 100, 0, 0: mean 50, s 57.735, s / √4 = 28.868; t of 3 degrees 3.182.
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ...{ model: 'Games/phase2', reference: 'most popular', evalDomain: 'Games', seed: 1 },
      ...{ nUsers: 4, unpaired: 0, seeds: 1, metric: 'recall', k: 1 },
      difference: expect.closeTo(50, 10) as number,
      standardError: expect.closeTo(28.8675, 4) as number,
      low: expect.closeTo(50 - 3.182 * 28.8675, 2) as number,
      high: expect.closeTo(50 + 3.182 * 28.8675, 2) as number,
    });
    expect(differencesTo(answers, 'most popular').map(({ metric }) => metric)).toEqual([
      ...['recall', 'ndcg', 'mrr'],
    ]);
  });

  it('take only users that both were asked for, and say how many are left out', () => {
    const probe = model('Books/phase2', [1, 0, 1], { asked: 'some', own: false });
    const rows = recallOf({ asked: [GAMES, SOME], models: [probe, BASELINE] }, 'most popular');
    // b and d are in both: d 100 − 0, b 0 − 0. a, c and x are in one only.
    expect(rows[0]).toMatchObject({ nUsers: 2, unpaired: 3 });
    expect(rows[0]?.difference).toBeCloseTo(50, 10);
    const apart = { ...SOME, users: ['x', 'y', 'z'] };
    expect(recallOf({ asked: [GAMES, apart], models: [probe, BASELINE] }, 'most popular')).toEqual(
      [],
    );
  });

  it('find each domain’s own model by its stage or merge', () => {
    const books = { ...GAMES, key: 'books', domain: 'Books' };
    const models = [
      model('Games/phase1', [0, 0, 0, 0]),
      model('Games/phase2', [1, 0, 0, 0]),
      model('Books/phase2', [1, 1, 0, 0], { asked: 'books' }),
      model('velocity (Books)', [1, 1, 1, 0], { asked: 'books', kind: 'merge' }),
      model('Games/phase2', [0, 0, 0, 0], { asked: 'books', own: false }),
    ];
    const rows = recallOf({ asked: [GAMES, books], models }, 'phase2');
    expect(rows.map((row) => [row.model, row.evalDomain, row.reference, row.difference])).toEqual([
      ['Games/phase1', 'Games', 'Games/phase2', -25],
      ['velocity (Books)', 'Books', 'Books/phase2', 25],
      ['Games/phase2', 'Books', 'Books/phase2', -50],
    ]);
    expect(referenceNames({ asked: [GAMES, books], models })).toEqual(
      expect.arrayContaining(['phase1', 'phase2', 'velocity', 'velocity (Books)']),
    );
  });

  it('compare seeds with their own, a baseline with all, and add the mean over seeds', () => {
    const models = [
      model('Games/phase1', [1, 0, 0, 0], { seed: 1 }),
      model('Games/phase1', [1, 1, 0, 0], { seed: 2 }),
      model('Games/phase2', [0, 0, 0, 0], { seed: 1 }),
      model('Games/phase2', [1, 0, 0, 0], { seed: 2 }),
      BASELINE,
    ];
    const rows = recallOf({ asked: [GAMES], models }, 'phase2');
    expect(rows.map((row) => [row.model, row.seed, row.seeds, row.difference])).toEqual([
      ['Games/phase1', 1, 1, 25],
      ['Games/phase1', 2, 1, 25],
      ['most popular', 1, 1, 25],
      ['most popular', 2, 1, 0],
      ['Games/phase1', null, 2, 25],
      ['most popular', null, 2, 12.5],
    ]);
    // User by user over both seeds 50, 50, 0, 0: s / √4 = 28.868 / 2.
    expect(rows.at(-2)?.standardError).toBeCloseTo(14.4338, 4);
  });

  it('of click models count a user’s impressions together, and leave out what a count is not', () => {
    const asked: Asked = {
      ...GAMES,
      key: 'clicks',
      users: ['a', 'a', 'b', 'b', 'c', 'c'],
      items: ['1', '2', '3', '4', '5', '6'],
      labels: [1, 0, 1, 0, 0, 1],
    };
    const scored = (name: string, scores: number[], isLogit = true): Answers => {
      const who = { modelId: name, model: name, kind: 'cell', recipeHash: '', own: true } as const;
      return { type: 'scores', asked: 'clicks', scores, isLogit, ...who, seed: 1 };
    };
    const models = [
      scored('FT', [2, -1, 1, -2, -3, 3]),
      scored('NT', [1, 0, 0, 1, 0, 1]),
      scored('popularity', [3, 2, 1, 5, 1, 1], false),
    ];
    const rows = differencesTo({ asked: [asked], models }, 'NT');
    expect(rows.map((row) => [row.model, row.metric, row.nUsers])).toEqual([
      ['FT', 'auc', 3],
      ['FT', 'gauc', 3],
      ['FT', 'log-loss', 3],
      ['popularity', 'auc', 3],
      ['popularity', 'gauc', 3],
    ]);
    // FT ranks all right; NT's nine pairs are 4 wins, 1 loss and 4 ties.
    expect(rows[0]?.difference).toBeCloseTo(100 - (100 * 6) / 9, 8);
    // User by user AUC 100 against 100, 0, 100.
    expect(rows[1]?.difference).toBeCloseTo(100 / 3, 8);
    expect(rows[1]?.standardError).toBeCloseTo(100 / 3, 8);
    const other = { ...asked, key: 'other' };
    const apart = [models[0], { ...models[1], asked: 'other' }] as Answers[];
    expect(differencesTo({ asked: [asked, other], models: apart }, 'NT')).toEqual([]);
  });

  it('name what there is when the reference is missing', () => {
    const answers = { asked: [GAMES], models: [model('Games/phase2', [1, 0, 0, 0]), BASELINE] };
    expect(() => differencesTo(answers, 'SASRec')).toThrowError(
      expect.objectContaining({
        code: 'invalid-argument',
        message: 'Nothing in the results is called "SASRec".',
        faults: [
          { place: 'reference', message: 'may be one of: phase2, Games/phase2, most popular' },
        ],
      }),
    );
    expect(differencesTo(NO_ANSWERS, 'SASRec')).toEqual([]);
  });
});

describe('answers of a run', () => {
  it('are replaced when a job is told again', () => {
    const first = { asked: [GAMES], models: [model('Games/phase2', [1, 1, 1, 1]), BASELINE] };
    const again = { asked: [], models: [model('Games/phase2', [0, 0, 0, 0])] };
    const { asked, models } = withAnswers(withAnswers(NO_ANSWERS, first), again);
    expect(asked).toEqual([GAMES]);
    expect(models).toEqual([BASELINE, again.models[0]]);
  });
});
