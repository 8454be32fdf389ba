import { emitCrossEntropy, CROSS_ENTROPY_TOLERANCE } from '../../src/nn/ops/cross-entropy.ts';
import { linearCrossEntropy } from '../../src/nn/ops/linear-cross-entropy.ts';
import { matmulTolerance } from '../../src/nn/ops/matmul.ts';
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
];
