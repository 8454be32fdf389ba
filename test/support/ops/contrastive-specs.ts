import { GatherIndex } from '../../../src/nn/inputs/gather-index.ts';
import { gather, GATHER_TOLERANCE } from '../../../src/nn/ops/gather.ts';
import { infoNce, INFO_NCE_TOLERANCE } from '../../../src/nn/ops/info-nce.ts';
import { linear } from '../../../src/nn/ops/linear.ts';
import { matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import { normalizeRows, NORMALIZE_ROWS_TOLERANCE } from '../../../src/nn/ops/normalize-rows.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';

const SCALE = 0.25;

const normalizeSpec: OpSpec = {
  name: 'normalize-rows',
  tolerance: (sizes) => ({
    // The gradient carries a sum over columns.
    absolute: NORMALIZE_ROWS_TOLERANCE.absolute * Math.sqrt(size(sizes, 'width')),
    relative: NORMALIZE_ROWS_TOLERANCE.relative,
  }),
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: () => ({}),
  build: (graph, inputs, _parameters, _fixed, sizes) =>
    normalizeRows(graph, need(inputs, 'x'), {
      rows: size(sizes, 'rows'),
      width: size(sizes, 'width'),
    }),
};

/** Repeats, and rows that nobody takes. */
function someIndex(places: number, rows: number): GatherIndex {
  const index = new GatherIndex(places, rows);
  const taken = (i: number) => (i === 0 ? rows - 1 : (i * i) % Math.max(1, rows - 2));
  index.fill(Array.from({ length: places }, (_, i) => taken(i)));
  return index;
}

/** y = x[ids] Wᵀ + x[ids]: the second gather's gradient is added to that of the first. */
const gatherSpec: OpSpec = {
  name: 'gather',
  tolerance: (sizes) => {
    const { absolute, relative } = matmulTolerance(size(sizes, 'taken') + size(sizes, 'width'));
    return {
      absolute: absolute + GATHER_TOLERANCE.absolute * Math.sqrt(size(sizes, 'taken')),
      relative: relative + GATHER_TOLERANCE.relative,
    };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({ w: size(sizes, 'width') ** 2 }),
  fixed: (sizes) => {
    const { ids, starts, positions } = someIndex(size(sizes, 'taken'), size(sizes, 'rows'));
    return { ids, starts, positions };
  },
  build: (graph, inputs, parameters, fixed, sizes) => {
    const x = need(inputs, 'x');
    const taken = size(sizes, 'taken');
    const width = size(sizes, 'width');
    const index = {
      ids: need(fixed, 'ids'),
      starts: need(fixed, 'starts'),
      positions: need(fixed, 'positions'),
    };
    const gatherSizes = { rows: size(sizes, 'rows'), taken, width };
    const first = gather(graph, x, index, gatherSizes);
    const second = gather(graph, x, index, gatherSizes);
    const linearSizes = { rows: taken, inputs: width, outputs: width };
    return linear(graph, first, need(parameters, 'w'), linearSizes, second);
  },
};

const MASKS = ['cosine', 'item', 'auto'] as const;

/**
 * Vectors of items and users are made unit rows first. `scale` is the logit scale times 100;
 * targets and samples repeat, so that the mask has work.
 */
const infoNceSpec: OpSpec = {
  name: 'info-nce',
  tolerance: (sizes) => ({
    // Gradients of the vectors grow with the scale (up to 100) and shrink with their length.
    absolute: INFO_NCE_TOLERANCE.absolute * (1 + Math.sqrt(size(sizes, 'rows')) / 4),
    relative: INFO_NCE_TOLERANCE.relative,
  }),
  inputs: (sizes) => ({
    u: size(sizes, 'rows') * size(sizes, 'width'),
    items: size(sizes, 'items') * size(sizes, 'width'),
  }),
  parameters: () => ({ scale: 1 }),
  fixed: (sizes) => {
    const items = size(sizes, 'items');
    const rows = size(sizes, 'rows');
    const taken = Array.from({ length: rows + size(sizes, 'samples') }, (_, i) =>
      i < rows ? (i * 5) % items : (i * i * 3 + 5) % items,
    );
    const index = new GatherIndex(taken.length, items);
    index.fill(taken);
    const { ids, starts, positions } = index;
    return {
      ids,
      starts,
      positions,
      targets: Int32Array.from({ length: rows }, (_, i) => (i % 3 === 2 ? -100 : i)),
      hyper: Float32Array.from({ length: 16 }, () => SCALE),
    };
  },
  build: (graph, inputs, parameters, fixed, sizes) => {
    const rows = size(sizes, 'rows');
    const samples = size(sizes, 'samples');
    const items = size(sizes, 'items');
    const width = size(sizes, 'width');
    const u = normalizeRows(graph, need(inputs, 'u'), { rows, width });
    const vectors = normalizeRows(graph, need(inputs, 'items'), { rows: items, width });
    const index = {
      ids: need(fixed, 'ids'),
      starts: need(fixed, 'starts'),
      positions: need(fixed, 'positions'),
    };
    const taken = { rows: items, taken: rows + samples, width };
    const candidates = gather(graph, vectors, index, taken);
    return infoNce(
      graph,
      u,
      candidates,
      need(parameters, 'scale'),
      {
        targets: need(fixed, 'targets'),
        hyper: need(fixed, 'hyper'),
        // Without the size: masked by cosine, and not counted.
        ...('mask' in sizes && {
          masking: { mask: MASKS[size(sizes, 'mask')] ?? 'cosine', items: index.ids },
        }),
      },
      { rows, samples, width, threshold: size(sizes, 'threshold') / 100 },
    );
  },
  ownGradient: () => SCALE,
};

export const CONTRASTIVE_TABLE: readonly {
  readonly spec: OpSpec;
  readonly cases: readonly OpCase[];
}[] = [
  {
    spec: normalizeSpec,
    cases: [
      ...[1, 2, 63, 64, 65, 257].map((rows) => ({ sizes: { rows, width: 24 } })),
      { sizes: { rows: 3, width: 4 } },
      { sizes: { rows: 5, width: 260 } },
      { sizes: { rows: 3, width: 16 }, fill: 'large', differences: false },
      { sizes: { rows: 3, width: 16 }, fill: 'equal' },
      ...(['zeros', 'negative zeros', 'subnormal'] as const).map((fill) => ({
        sizes: { rows: 3, width: 16 },
        fill,
        // No direction, no derivative.
        differences: false,
      })),
    ],
  },
  {
    spec: gatherSpec,
    cases: [
      { sizes: { rows: 1, taken: 1, width: 4 } },
      { sizes: { rows: 1, taken: 9, width: 4 } },
      { sizes: { rows: 37, taken: 65, width: 8 } },
      { sizes: { rows: 257, taken: 101, width: 24 } },
    ],
  },
  {
    spec: infoNceSpec,
    cases: [
      { sizes: { rows: 8, samples: 4, items: 9, width: 8, threshold: 99 } },
      { sizes: { rows: 65, samples: 37, items: 29, width: 64, threshold: 99 } },
      { sizes: { rows: 16, samples: 64, items: 200, width: 12, threshold: 20 } },
      { sizes: { rows: 16, samples: 5, items: 30, width: 4, threshold: 99 } },
      // Masked by item: a threshold that would mask half of them changes nothing.
      { sizes: { rows: 65, samples: 37, items: 29, width: 64, threshold: 0, mask: 1 } },
      { sizes: { rows: 16, samples: 64, items: 200, width: 12, threshold: 20, mask: 2 } },
      { sizes: { rows: 16, samples: 64, items: 20, width: 12, threshold: -90, mask: 2 } },
      { sizes: { rows: 16, samples: 64, items: 20, width: 12, threshold: 20, mask: 0 } },
      // Everything is a false negative.
      { sizes: { rows: 16, samples: 8, items: 1, width: 8, threshold: 99 } },
    ],
  },
];
