import { matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import { linear } from '../../../src/nn/ops/linear.ts';
import { pairRows, PAIR_ROWS_TOLERANCE } from '../../../src/nn/ops/pair-rows.ts';
import { poolHistory, POOL_HISTORY_TOLERANCE } from '../../../src/nn/ops/pool-history.ts';
import { reluDot, RELU_DOT_TOLERANCE } from '../../../src/nn/ops/relu-dot.ts';
import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';

type Sizes = Readonly<Record<string, number>>;

const rowsOf = (sizes: Sizes) => size(sizes, 'sequences') * size(sizes, 'length');

/**
 * Histories of all lengths: full ones, candidates at the end, in front and in the middle, alone, in
 * no segment at all, and a segment of the sequence that is not the candidate's.
 */
function histories(sizes: Sizes): { candidates: Uint32Array; spans: Uint32Array } {
  const sequences = size(sizes, 'sequences');
  const length = size(sizes, 'length');
  const candidates = new Uint32Array(sequences);
  const segments: number[] = [];
  for (let b = 0; b < sequences; b++) {
    const start = b * length;
    const real = length - (b % Math.min(3, length));
    const split = b % 4 === 3 && real > 3 ? 2 : 0;
    // The first of many sequences is a filler.
    if (b === 0 && sequences > 3) {
      candidates[b] = start;
      continue;
    }
    if (split > 0) segments.push(start, start + split);
    segments.push(start + split, start + real);
    const place = [real - 1, split, Math.floor((split + real) / 2)][b % 3] ?? 0;
    candidates[b] = start + place;
  }
  const spans = new Uint32Array(2 * rowsOf(sizes));
  fillSpans(Uint32Array.from(segments), spans, new Uint32Array(rowsOf(sizes)));
  return { candidates, spans };
}

const historySizes = (sizes: Sizes) => ({
  sequences: size(sizes, 'sequences'),
  length: size(sizes, 'length'),
  width: size(sizes, 'width'),
});

const pairSpec: OpSpec = {
  name: 'pair-rows',
  tolerance: (sizes) => ({
    absolute: PAIR_ROWS_TOLERANCE.absolute * Math.sqrt(size(sizes, 'length')),
    relative: PAIR_ROWS_TOLERANCE.relative * Math.sqrt(size(sizes, 'length')),
  }),
  inputs: (sizes) => ({ x: rowsOf(sizes) * size(sizes, 'width') }),
  parameters: () => ({}),
  fixed: histories,
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const at = { candidates: need(fixed, 'candidates'), spans: need(fixed, 'spans') };
    return pairRows(graph, need(inputs, 'x'), at, historySizes(sizes));
  },
};

const poolSpec: OpSpec = {
  name: 'pool-history',
  tolerance: (sizes) => {
    const terms = Math.sqrt(size(sizes, 'length') * size(sizes, 'width'));
    const { absolute, relative } = POOL_HISTORY_TOLERANCE;
    return { absolute: absolute * terms, relative: relative * terms };
  },
  inputs: (sizes) => ({ x: rowsOf(sizes) * size(sizes, 'width'), weights: rowsOf(sizes) }),
  parameters: () => ({}),
  fixed: histories,
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const at = { candidates: need(fixed, 'candidates'), spans: need(fixed, 'spans') };
    return poolHistory(graph, need(inputs, 'x'), need(inputs, 'weights'), at, historySizes(sizes));
  },
};

/** Both on the same rows: the second gradient of x adds to the first. */
const bothSpec: OpSpec = {
  ...poolSpec,
  name: 'pool-history with weights of pair-rows',
  inputs: (sizes) => ({ x: rowsOf(sizes) * size(sizes, 'width') }),
  parameters: (sizes) => ({ w: 3 * size(sizes, 'width'), b: 1 }),
  build: (graph, inputs, parameters, fixed, sizes) => {
    const at = { candidates: need(fixed, 'candidates'), spans: need(fixed, 'spans') };
    const x = need(inputs, 'x');
    const pairs = pairRows(graph, x, at, historySizes(sizes));
    const through = { rows: rowsOf(sizes), width: 3 * size(sizes, 'width') };
    const weights = reluDot(graph, pairs, need(parameters, 'w'), need(parameters, 'b'), through);
    return poolHistory(graph, x, weights, at, historySizes(sizes));
  },
};

const reluDotSpec: OpSpec = {
  name: 'relu-dot',
  tolerance: (sizes) => {
    const length = Math.sqrt(size(sizes, 'width')) + Math.sqrt(size(sizes, 'rows'));
    const { absolute, relative } = RELU_DOT_TOLERANCE;
    return { absolute: absolute * length, relative };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({ w: size(sizes, 'width'), b: 1 }),
  build: (graph, inputs, parameters, _fixed, sizes) =>
    reluDot(graph, need(inputs, 'x'), need(parameters, 'w'), need(parameters, 'b'), {
      rows: size(sizes, 'rows'),
      width: size(sizes, 'width'),
    }),
};

const biasSpec: OpSpec = {
  name: 'linear with bias',
  tolerance: (sizes) =>
    matmulTolerance(Math.max(size(sizes, 'rows'), size(sizes, 'inputs'), size(sizes, 'outputs'))),
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'inputs') }),
  parameters: (sizes) => ({
    w: size(sizes, 'inputs') * size(sizes, 'outputs'),
    bias: size(sizes, 'outputs'),
  }),
  build: (graph, inputs, parameters, _fixed, sizes) =>
    linear(
      graph,
      need(inputs, 'x'),
      need(parameters, 'w'),
      {
        rows: size(sizes, 'rows'),
        inputs: size(sizes, 'inputs'),
        outputs: size(sizes, 'outputs'),
      },
      undefined,
      need(parameters, 'bias'),
    ),
};

const HISTORY_CASES: readonly OpCase[] = [
  { sizes: { sequences: 1, length: 1, width: 4 } },
  { sizes: { sequences: 3, length: 2, width: 8 } },
  { sizes: { sequences: 9, length: 5, width: 20 } },
  { sizes: { sequences: 13, length: 65, width: 4 } },
  { sizes: { sequences: 5, length: 7, width: 260 } },
  { sizes: { sequences: 4, length: 6, width: 8 }, fill: 'zeros' },
];

export const HISTORY_TABLE: readonly {
  readonly spec: OpSpec;
  readonly cases: readonly OpCase[];
}[] = [
  { spec: pairSpec, cases: HISTORY_CASES },
  { spec: poolSpec, cases: HISTORY_CASES },
  { spec: bothSpec, cases: [{ sizes: { sequences: 5, length: 6, width: 8 } }] },
  {
    spec: reluDotSpec,
    cases: [
      ...[1, 2, 63, 64, 65, 257].map((rows) => ({ sizes: { rows, width: 12 } })),
      { sizes: { rows: 9, width: 259 } },
      { sizes: { rows: 5, width: 1 } },
      // ReLU has no derivative at 0.
      { sizes: { rows: 9, width: 8 }, fill: 'zeros', differences: false },
    ],
  },
  {
    spec: biasSpec,
    cases: [
      ...[1, 33, 65].map((rows) => ({ sizes: { rows, inputs: 12, outputs: 20 } })),
      { sizes: { rows: 7, inputs: 9, outputs: 5 } },
    ],
  },
];
