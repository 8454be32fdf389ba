import { beamTree } from '../../../src/rec/semantic-ids/beam-tree.ts';
import type { Reason } from '../../../src/lab/recommending/recommendation.ts';
import type { RecommendChoices } from '../../../src/lab/run/recommendations.ts';
import type { AppState } from '../../../src/ui/state/state.ts';
import { NOTHING_WANTED, resolved } from '../../../src/ui/state/recommend-state.ts';
import { doneState } from './sample-state.ts';

const IDS = {
  ...{ levels: 2, codesPerLevel: 4, collisions: 0, repaired: 0 },
  codes: Uint16Array.from([0, 0, 0, 1, 1, 0, 1, 2, 2, 0, 2, 3]),
};
const TITLES = ['Zelda', 'Mario', 'Kirby', 'Metroid', 'Tetris', 'Pong'];

const CHOICES: RecommendChoices = {
  ...{ domain: 'Games', seed: 1, outOf: 2, longest: 8, titles: TITLES },
  customers: [
    { id: 'u1', history: [0, 1], taken: [3] },
    { id: 'u2', history: [2], taken: [0] },
  ],
  models: (['Games/phase2', 'Books/phase2', 'average'] as const).map((name) => ({
    ...{ name, isReady: name !== 'Books/phase2' },
    role: name === 'average' ? ('merge' as const) : ('cell' as const),
    parents: name === 'average' ? ['Games/phase2', 'Books/phase2'] : [],
  })),
};

/** A search that went on from codes 1 and 2, and found Metroid and Tetris. */
function searched(metroid: number): Reason {
  const next = (codes: readonly number[], all: readonly (readonly [number, number])[]) => ({
    ...{ codes, illegal: 0.125 },
    logP: codes.length === 0 ? 0 : Math.log(codes[0] === 1 ? metroid : 1 - metroid),
    next: all.map(([code, p]) => ({ code, logP: Math.log(p) })),
  });
  const first = [
    [0, 0.1],
    [1, metroid - 0.05],
    [2, 0.95 - metroid],
  ] as const;
  const tree = beamTree(
    {
      levels: [
        [next([], first)],
        [
          next(
            [1],
            [
              [0, 0.4],
              [2, 0.6],
            ],
          ),
          next(
            [2],
            [
              [0, 0.8],
              [3, 0.2],
            ],
          ),
        ],
      ],
      found: [
        { codes: [1, 2], logP: Math.log(0.6 * metroid) },
        { codes: [2, 0], logP: Math.log(0.8 * (1 - metroid)) },
      ],
      isRenormalised: true,
    },
    IDS,
  );
  return { shape: 'tree', tree };
}

const LOG_P = { title: 'log p', told: 'Natural logarithm.', best: 'highest' } as const;

/** Two of three models answered, with the trees of their searches. */
export function recommendedState(wanted = NOTHING_WANTED): AppState {
  const list = (items: readonly number[], metroid: number) => ({
    ...{ score: LOG_P, rank: items.indexOf(3) + 1, reason: searched(metroid) },
    items: items.map((item, at) => ({ item, score: -0.5 - at })),
  });
  return {
    ...doneState(),
    view: 'recommend',
    recommend: {
      ...{ wanted, choices: CHOICES, isAsking: false, problem: null },
      answered: resolved(wanted, CHOICES),
      answers: [
        { model: 'Games/phase2', recommendation: list([4, 3, 2], 0.3) },
        { model: 'average', recommendation: list([3, 4, 5], 0.7) },
      ],
    },
  };
}
