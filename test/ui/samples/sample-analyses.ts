import type { AnalysisResult } from '../../../src/lab/analysis/analysis-result.ts';

const SIGNS = { same: 10, conflict: 6, zero: 0, first: 0, other: 0 };
const common = { seed: 1, base: null };

/** One small result of every kind. */
export const SAMPLE_ANALYSES: readonly AnalysisResult[] = [
  {
    ...common,
    id: 'a',
    name: 'conflict',
    models: ['Games/phase2', 'Books/phase2'],
    base: 'base',
    value: {
      kind: 'task-vectors',
      table: {
        models: 2,
        trim: 0.5,
        range: 0.01,
        tensors: ['model.layers.0.self_attn.q_proj.weight', 'model.norm.weight'].map((name) => ({
          name,
          shape: [4, 4],
          size: 16,
          moments: [1, 2].map((sum) => ({ sum, absolute: 2 * sum, least: -1, most: 1 })),
          gram: [[4], [1, 9]],
          signs: SIGNS,
          pairs: [SIGNS],
        })),
        values: [
          [0, 8, 8, 0],
          [1, 7, 8, 0],
        ],
      },
      spectra: [
        {
          tensor: 'model.layers.0.self_attn.q_proj.weight',
          values: [
            [2, 1],
            [3, 0.5],
          ],
        },
      ],
    },
  },
  {
    ...common,
    id: 'b',
    name: 'between',
    models: ['Games/phase1', 'Games/phase2'],
    value: {
      kind: 'path',
      places: [0, 0.5, 1],
      curves: [{ domain: 'Games', users: 9, losses: [2, 2.5, 1.5], barrier: 0.75 }],
    },
  },
  {
    ...common,
    id: 'c',
    name: 'plane',
    models: ['Games/pretrain', 'Games/phase1', 'Games/phase2'],
    value: {
      kind: 'plane',
      xs: [0, 1],
      ys: [0, 1],
      corners: [0, 1, 2].map((x) => ({ x, y: x / 2, losses: [2 + x] })),
      surfaces: [
        {
          domain: 'Games',
          users: 9,
          losses: [
            [2, 3],
            [4, 5],
          ],
        },
      ],
    },
  },
  {
    ...common,
    id: 'd',
    name: 'weights',
    seed: 0,
    models: ['velocity 0', 'velocity 0.1'],
    value: {
      kind: 'weight-regression',
      metric: 'ndcg',
      k: 10,
      features: ['newItemShare'],
      weights: [0, 0.1],
      chosenOn: 'validation',
      points: [0.1, 0.2, 0.3].map((share, at) => ({
        domain: `D${String(at)}`,
        weight: at === 1 ? 0 : 0.1,
        weightOnTest: 0,
        weightOfSeeds: [0, 0.1],
        newItemShare: share,
        meanLogItemAge: 3 + share,
        stageShares: [0.8, 0.2],
        chosen: [10, 11],
        test: [9, 8],
      })),
      fit: {
        status: 'fitted',
        n: 3,
        terms: [
          { name: 'intercept', coefficient: 0.07, halfWidth: 1.5 },
          { name: 'newItemShare', coefficient: 0, halfWidth: 7.3 },
        ],
        r2: 0,
        degreesOfFreedom: 1,
        fitted: [0.07, 0.07, 0.07],
        leaveOneOut: 0.1,
        leaveOneOutOfMean: 0.08,
      },
    },
  },
];
