import { emitCrossEntropy, CROSS_ENTROPY_TOLERANCE } from '../../../src/nn/ops/cross-entropy.ts';
import { embedding } from '../../../src/nn/ops/embedding.ts';
import { linearCrossEntropy } from '../../../src/nn/ops/linear-cross-entropy.ts';
import { matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import { sampledSoftmax } from '../../../src/nn/ops/sampled-softmax.ts';
import { selectRows } from '../../../src/nn/ops/select-rows.ts';
import { ScoredRows } from '../../../src/nn/inputs/scored-rows.ts';
import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import { TokenSegments } from '../../../src/nn/inputs/token-segments.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';

const SCALE = 0.25;

type Sizes = Readonly<Record<string, number>>;

function lossInputs(sizes: Sizes) {
  return {
    // Every third row is not scored.
    targets: Int32Array.from({ length: size(sizes, 'rows') }, (_, i) =>
      i % 3 === 2 ? -100 : (i * 5) % size(sizes, 'vocabulary'),
    ),
    hyper: Float32Array.from({ length: 16 }, () => SCALE),
  };
}

const crossEntropySpec: OpSpec = {
  name: 'cross-entropy',
  tolerance: () => CROSS_ENTROPY_TOLERANCE,
  inputs: (sizes) => ({ logits: size(sizes, 'rows') * size(sizes, 'vocabulary') }),
  parameters: () => ({}),
  fixed: lossInputs,
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const rows = size(sizes, 'rows');
    const logits = need(inputs, 'logits');
    const loss = graph.value('loss', rows);
    const given = { targets: need(fixed, 'targets'), hyper: need(fixed, 'hyper') };
    const vocabulary = size(sizes, 'vocabulary');
    emitCrossEntropy(graph, { logits, loss, ...given }, { rows, vocabulary });
    graph.seedGradient(logits, logits);
    return loss;
  },
  ownGradient: () => SCALE,
};

/** Fused head and loss; `chunk` and `columns` force the sizes of its pieces. */
const linearCrossEntropySpec: OpSpec = {
  name: 'linear-cross-entropy',
  tolerance: (sizes) => {
    const { absolute, relative } = matmulTolerance(
      Math.max(size(sizes, 'rows'), size(sizes, 'width'), size(sizes, 'vocabulary')),
    );
    return {
      absolute: absolute + CROSS_ENTROPY_TOLERANCE.absolute,
      relative: relative + CROSS_ENTROPY_TOLERANCE.relative,
    };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({ head: size(sizes, 'vocabulary') * size(sizes, 'width') }),
  fixed: lossInputs,
  build: (graph, inputs, parameters, fixed, sizes) => {
    const vocabulary = size(sizes, 'vocabulary');
    const width = size(sizes, 'width');
    const columns = sizes['columns'] ?? vocabulary;
    return linearCrossEntropy(
      graph,
      need(inputs, 'x'),
      need(parameters, 'head'),
      { targets: need(fixed, 'targets'), hyper: need(fixed, 'hyper') },
      { rows: size(sizes, 'rows'), width, vocabulary },
      {
        logitsBytes: 4 * columns * (sizes['chunk'] ?? size(sizes, 'rows')),
        bindingBytes: 4 * columns * width,
      },
    );
  },
  ownGradient: () => SCALE,
};

/** Levels of 3 : 1 : rest of the vocabulary; every fourth row weighs ten times as much. */
function splitInputs(sizes: Sizes) {
  const { targets, hyper } = lossInputs(sizes);
  const vocabulary = size(sizes, 'vocabulary');
  const bounds = [0, 3, 4, vocabulary];
  const ranges = Uint32Array.from(
    [...targets].flatMap((target) => {
      const level = bounds.findIndex((end) => target < end);
      return target < 0 ? [0, 0] : [bounds[level - 1] ?? 0, bounds[level] ?? 0];
    }),
  );
  const weights = Float32Array.from(targets, (_, i) => (i % 4 === 0 ? 10 : 1));
  return { targets, hyper, ranges, weights };
}

/** `weights` raise values and their errors tenfold. */
const splitSpec: OpSpec = {
  ...linearCrossEntropySpec,
  name: 'linear-cross-entropy, split by level',
  tolerance: (sizes) => {
    const { absolute, relative } = linearCrossEntropySpec.tolerance(sizes);
    return { absolute: 10 * absolute, relative };
  },
  fixed: splitInputs,
  build: (graph, inputs, parameters, fixed, sizes) => {
    const vocabulary = size(sizes, 'vocabulary');
    return linearCrossEntropy(
      graph,
      need(inputs, 'x'),
      need(parameters, 'head'),
      {
        targets: need(fixed, 'targets'),
        hyper: need(fixed, 'hyper'),
        split: { ranges: need(fixed, 'ranges'), weights: need(fixed, 'weights') },
      },
      { rows: size(sizes, 'rows'), width: size(sizes, 'width'), vocabulary },
      {
        logitsBytes: 4 * vocabulary * (sizes['chunk'] ?? size(sizes, 'rows')),
        bindingBytes: Infinity,
      },
    );
  },
};

/**
 * Samples repeat and meet targets; `corrected` = 1 takes a log Q off. The vectors are rows of a
 * table, so that its gradient has the targets' part and that of the samples.
 */
const sampledSoftmaxSpec: OpSpec = {
  name: 'sampled-softmax',
  tolerance: linearCrossEntropySpec.tolerance,
  inputs: linearCrossEntropySpec.inputs,
  parameters: linearCrossEntropySpec.parameters,
  fixed: (sizes) => {
    const { targets, hyper } = lossInputs(sizes);
    const vocabulary = size(sizes, 'vocabulary');
    const samples = size(sizes, 'samples') * (sizes['groups'] ?? 1);
    const sampled = Array.from({ length: samples }, (_, s) => (s * s * 3 + 5) % vocabulary);
    const candidates = Uint32Array.from([...[...targets].map((t) => Math.max(0, t)), ...sampled]);
    const count = candidates.length;
    const spans = new Uint32Array(2 * count);
    fillSpans(Uint32Array.of(0, count), spans, new Uint32Array(count));
    const segments = new TokenSegments(count, vocabulary);
    segments.fill(candidates, spans);
    const { positions, pieces, merges } = segments;
    const shifts = Float32Array.from(candidates, (token) =>
      sizes['corrected'] === 1 ? -Math.log(2 + token) : 0,
    );
    return { targets, hyper, candidates, positions, pieces, merges, shifts };
  },
  build: (graph, inputs, parameters, fixed, sizes) => {
    const rows = size(sizes, 'rows');
    const width = size(sizes, 'width');
    const vocabulary = size(sizes, 'vocabulary');
    const samples = size(sizes, 'samples');
    const groups = sizes['groups'] ?? 1;
    const candidates = need(fixed, 'candidates');
    const segments = {
      positions: need(fixed, 'positions'),
      pieces: need(fixed, 'pieces'),
      merges: need(fixed, 'merges'),
    };
    const tokens = { ids: candidates, segments };
    const taken = { rows: rows + groups * samples, width, vocabulary };
    const vectors = embedding(graph, need(parameters, 'head'), tokens, taken);
    const given = {
      targets: need(fixed, 'targets'),
      candidates,
      shifts: need(fixed, 'shifts'),
      hyper: need(fixed, 'hyper'),
    };
    const x = need(inputs, 'x');
    const softmaxSizes = { rows, width, groups, samples };
    const loss = sampledSoftmax(graph, x, vectors, given, softmaxSizes);
    if (sizes['twice'] !== 1) return loss;
    const again = embedding(graph, need(parameters, 'head'), tokens, taken);
    return sampledSoftmax(graph, x, again, given, softmaxSizes, loss);
  },
  ownGradient: () => SCALE,
};

/** Two rows of three, as the loss selects its scored ones. */
const selectRowsSpec: OpSpec = {
  name: 'select-rows',
  tolerance: () => ({ absolute: 0, relative: 0 }),
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: () => ({}),
  fixed: (sizes) => {
    const { targets } = lossInputs({ ...sizes, vocabulary: 7 });
    const scored = new ScoredRows(targets.length, targets.filter((t) => t >= 0).length);
    scored.fill(targets);
    return { selected: scored.selected, slots: scored.slots };
  },
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const selected = need(fixed, 'selected');
    return selectRows(
      graph,
      need(inputs, 'x'),
      { selected, slots: need(fixed, 'slots') },
      { rows: size(sizes, 'rows'), selected: selected.length, width: size(sizes, 'width') },
    );
  },
};

export const LOSS_TABLE: readonly { readonly spec: OpSpec; readonly cases: readonly OpCase[] }[] = [
  {
    spec: crossEntropySpec,
    cases: [
      ...[1, 2, 63, 64, 65, 255, 256, 257, 101].map((rows) => ({
        sizes: { rows, vocabulary: 13 },
      })),
      { sizes: { rows: 4, vocabulary: 1 } },
      { sizes: { rows: 5, vocabulary: 257 } },
      { sizes: { rows: 4, vocabulary: 8 }, fill: 'equal' },
      { sizes: { rows: 4, vocabulary: 8 }, fill: 'large', differences: false },
    ],
  },
  {
    spec: linearCrossEntropySpec,
    cases: [
      { sizes: { rows: 1, width: 4, vocabulary: 1 } },
      { sizes: { rows: 65, width: 8, vocabulary: 37 } },
      { sizes: { rows: 150, width: 12, vocabulary: 260, chunk: 64 } },
      { sizes: { rows: 20, width: 8, vocabulary: 260, columns: 64 } },
      { sizes: { rows: 130, width: 8, vocabulary: 200, columns: 128, chunk: 64 } },
      { sizes: { rows: 9, width: 16, vocabulary: 2053, columns: 1024 } },
      { sizes: { rows: 5, width: 8, vocabulary: 130, columns: 64 }, fill: 'equal' },
      {
        sizes: { rows: 4, width: 8, vocabulary: 130, columns: 64 },
        fill: 'large',
        differences: false,
      },
    ],
  },
  {
    spec: splitSpec,
    cases: [
      { sizes: { rows: 1, width: 4, vocabulary: 8 } },
      { sizes: { rows: 150, width: 8, vocabulary: 37, chunk: 64 } },
      { sizes: { rows: 9, width: 8, vocabulary: 1021 } },
      { sizes: { rows: 9, width: 8, vocabulary: 16 }, fill: 'equal' },
    ],
  },
  {
    spec: sampledSoftmaxSpec,
    cases: [
      { sizes: { rows: 8, width: 8, vocabulary: 40, samples: 4 } },
      { sizes: { rows: 80, width: 8, vocabulary: 3000, samples: 64 } },
      { sizes: { rows: 24, width: 16, vocabulary: 5, samples: 12, corrected: 1 } },
      { sizes: { rows: 4, width: 16, vocabulary: 300, samples: 36, corrected: 1 } },
      { sizes: { rows: 4, width: 16, vocabulary: 50, samples: 8 }, fill: 'equal' },
      { sizes: { rows: 24, width: 8, vocabulary: 40, samples: 8, groups: 3 } },
      { sizes: { rows: 24, width: 8, vocabulary: 40, samples: 8, groups: 3, twice: 1 } },
      { sizes: { rows: 65, width: 64, vocabulary: 90, samples: 37, groups: 5, corrected: 1 } },
    ],
  },
  {
    spec: selectRowsSpec,
    cases: [1, 2, 65, 257].map((rows) => ({ sizes: { rows, width: 12 } })),
  },
];
