import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import { addEmbedding } from '../../../src/nn/ops/add-embedding.ts';
import { clickLoss, CLICK_LOSS_TOLERANCE } from '../../../src/nn/ops/click-loss.ts';
import { EMBEDDING_TOLERANCE } from '../../../src/nn/ops/embedding.ts';
import { linear } from '../../../src/nn/ops/linear.ts';
import { matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import { TokenSegments } from '../../../src/nn/inputs/token-segments.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';

const SCALE = 0.25;

/** `none` = 1: no row is scored. */
const clickSpec: OpSpec = {
  name: 'click-loss',
  tolerance: (sizes) => {
    const length = Math.sqrt(size(sizes, 'width')) + Math.sqrt(size(sizes, 'rows'));
    const { absolute, relative } = CLICK_LOSS_TOLERANCE;
    return { absolute: absolute * length, relative };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({ w: size(sizes, 'width'), b: 1 }),
  fixed: (sizes) => ({
    labels: Int32Array.from({ length: size(sizes, 'rows') }, (_, i) =>
      i % 5 === 4 || sizes['none'] === 1 ? -100 : i % 2,
    ),
    hyper: Float32Array.from({ length: 16 }, () => SCALE),
  }),
  build: (graph, inputs, parameters, fixed, sizes) =>
    clickLoss(
      graph,
      need(inputs, 'x'),
      need(parameters, 'w'),
      need(parameters, 'b'),
      { labels: need(fixed, 'labels'), hyper: need(fixed, 'hyper') },
      { rows: size(sizes, 'rows'), width: size(sizes, 'width') },
    ).loss,
  ownGradient: () => SCALE,
};

/** y = (x Wᵀ) + E[ids]: the gradient goes through to what was added to. */
const addEmbeddingSpec: OpSpec = {
  name: 'add-embedding',
  tolerance: (sizes) => {
    const { absolute, relative } = matmulTolerance(size(sizes, 'rows') + size(sizes, 'width'));
    const { absolute: own, relative: ownRelative } = EMBEDDING_TOLERANCE;
    return {
      absolute: absolute + own * Math.sqrt(size(sizes, 'rows')),
      relative: relative + ownRelative,
    };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({
    w: size(sizes, 'width') ** 2,
    table: size(sizes, 'vocabulary') * size(sizes, 'width'),
  }),
  fixed: (sizes) => {
    const rows = size(sizes, 'rows');
    const vocabulary = size(sizes, 'vocabulary');
    const ids = Uint32Array.from({ length: rows }, (_, i) => (i * i * 3 + 1) % vocabulary);
    const spans = new Uint32Array(2 * rows);
    fillSpans(Uint32Array.of(0, rows), spans, new Uint32Array(rows));
    const segments = new TokenSegments(rows, vocabulary);
    segments.fill(ids, spans);
    const { positions, pieces, merges } = segments;
    return { ids, positions, pieces, merges };
  },
  build: (graph, inputs, parameters, fixed, sizes) => {
    const rows = size(sizes, 'rows');
    const width = size(sizes, 'width');
    const through = { rows, inputs: width, outputs: width };
    const x = linear(graph, need(inputs, 'x'), need(parameters, 'w'), through);
    const segments = {
      positions: need(fixed, 'positions'),
      pieces: need(fixed, 'pieces'),
      merges: need(fixed, 'merges'),
    };
    const tokens = { ids: need(fixed, 'ids'), segments };
    const taken = { rows, width, vocabulary: size(sizes, 'vocabulary') };
    return addEmbedding(graph, x, need(parameters, 'table'), tokens, taken);
  },
};

export const CLICK_TABLE: readonly { readonly spec: OpSpec; readonly cases: readonly OpCase[] }[] =
  [
    {
      spec: clickSpec,
      cases: [
        ...[1, 2, 63, 64, 65, 257].map((rows) => ({ sizes: { rows, width: 12 } })),
        { sizes: { rows: 5, width: 1 } },
        { sizes: { rows: 9, width: 259 } },
        { sizes: { rows: 6, width: 8, none: 1 } },
        // Logits of some 1e4: no overflow, losses up to 1e4. ReLU has no derivative at 0.
        { sizes: { rows: 9, width: 8 }, fill: 'large', differences: false },
        { sizes: { rows: 9, width: 8 }, fill: 'zeros', differences: false },
      ],
    },
    {
      spec: addEmbeddingSpec,
      cases: [
        { sizes: { rows: 1, width: 4, vocabulary: 1 } },
        { sizes: { rows: 65, width: 8, vocabulary: 3 } },
        { sizes: { rows: 37, width: 24, vocabulary: 300 } },
      ],
    },
  ];
