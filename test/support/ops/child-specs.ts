import { RandomStream } from '../../../src/core/rng.ts';
import { BagIndex } from '../../../src/nn/inputs/bag-index.ts';
import { childSoftmax, CHILD_SOFTMAX_KERNELS } from '../../../src/nn/ops/child-softmax.ts';
import { embeddingBag } from '../../../src/nn/ops/embedding-bag.ts';
import { EMBEDDING_TOLERANCE } from '../../../src/nn/ops/embedding.ts';
import { linear } from '../../../src/nn/ops/linear.ts';
import { matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import type { KernelCase } from './check-kernel.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';
import { inRanges } from './table-ranges.ts';

type Sizes = Readonly<Record<string, number>>;

const SCALE = 0.25;

/** Bags of 0 to `most` entries; one token stands in every other bag, the last two in none. */
function someBags(sizes: Sizes): BagIndex {
  const vocabulary = size(sizes, 'vocabulary');
  const rows = size(sizes, 'rows');
  const most = size(sizes, 'most');
  const bags = new BagIndex(rows, rows * most, vocabulary);
  // Twice, so that what an earlier batch left behind would be seen.
  for (const shift of [1, 0]) {
    bags.begin();
    for (let row = 0; row < rows - 1; row++) {
      for (let i = 0; i < (row + shift) % (most + 1); i++) {
        const id = i === 0 && row % 2 === 1 ? 0 : row * row + 3 * i + shift;
        bags.add(id % Math.max(1, vocabulary - 2));
      }
      bags.close();
    }
    bags.finish();
  }
  return bags;
}

/** y = x Wᵀ + bags: the sums are added in place to what the product made. */
const bagSpec: OpSpec = {
  name: 'embedding-bag',
  tolerance: (sizes) => {
    const { absolute, relative } = matmulTolerance(size(sizes, 'rows') + size(sizes, 'width'));
    return {
      absolute: absolute + EMBEDDING_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows')),
      relative: relative + EMBEDDING_TOLERANCE.relative,
    };
  },
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({
    table: size(sizes, 'vocabulary') * size(sizes, 'width'),
    w: size(sizes, 'width') ** 2,
  }),
  fixed: (sizes) => {
    const { ids, starts, segments } = someBags(sizes);
    const { positions, pieces, merges } = segments;
    return { ids, starts, positions, pieces, merges };
  },
  build: (graph, inputs, parameters, fixed, sizes) => {
    const rows = size(sizes, 'rows');
    const width = size(sizes, 'width');
    const vocabulary = size(sizes, 'vocabulary');
    const table = inRanges(need(parameters, 'table'), {
      rows: vocabulary,
      width,
      step: sizes['step'],
    });
    const bags = {
      ids: need(fixed, 'ids'),
      starts: need(fixed, 'starts'),
      segments: {
        positions: need(fixed, 'positions'),
        pieces: need(fixed, 'pieces'),
        merges: need(fixed, 'merges'),
      },
    };
    const bagSizes = { rows, entries: rows * size(sizes, 'most'), width, vocabulary };
    if (sizes['alone'] === 1) return embeddingBag(graph, table, bags, bagSizes);
    const linearSizes = { rows, inputs: width, outputs: width };
    const product = linear(graph, need(inputs, 'x'), need(parameters, 'w'), linearSizes);
    return embeddingBag(graph, table, bags, bagSizes, product);
  },
};

/**
 * Nodes of 2, 3, … children with 1, 2, … rows each, then rows and children of no node. `wide` adds
 * a node of so many children.
 */
function someRuns(sizes: Sizes) {
  const rows = size(sizes, 'rows');
  const nodes = Array.from({ length: size(sizes, 'nodes') }, (_, node) => ({
    children: 2 + (node % 6),
    rows: 1 + ((node * 3) % 5),
  }));
  if (sizes['wide'] !== undefined) nodes.push({ children: sizes['wide'], rows: 9 });
  const runs = new Uint32Array(4 * rows);
  const groups: number[] = [];
  let row = 0;
  let child = 0;
  let logits = 0;
  for (const node of nodes) {
    const own = Math.min(node.rows, rows - row);
    if (own <= 0) break;
    for (let i = 0; i < own; i++) {
      const target = (row + i) * 7;
      runs.set(
        [child, node.children, logits + i * node.children, target % node.children],
        4 * (row + i),
      );
    }
    for (let k = 0; k < node.children; k++) groups.push(row, own, logits + k, node.children);
    row += own;
    child += node.children;
    logits += own * node.children;
  }
  const spare = 3;
  return {
    runs,
    groups: Uint32Array.from([...groups, ...new Array<number>(4 * spare).fill(0)]),
    children: child + spare,
    most: nodes.reduce((most, node) => Math.max(most, node.children), 1),
    logits,
  };
}

const childSoftmaxSpec: OpSpec = {
  name: 'child-softmax',
  tolerance: (sizes) => {
    const { absolute, relative } = matmulTolerance(size(sizes, 'width') + someRuns(sizes).most);
    // Of vectors of 1e4, an error of the probabilities comes out so much larger.
    return { absolute: absolute * (sizes['length'] ?? 1), relative };
  },
  inputs: (sizes) => ({
    x: size(sizes, 'rows') * size(sizes, 'width'),
    children: someRuns(sizes).children * size(sizes, 'width'),
  }),
  parameters: () => ({}),
  fixed: (sizes) => {
    const { runs, groups } = someRuns(sizes);
    return { runs, groups, hyper: Float32Array.from({ length: 16 }, () => SCALE) };
  },
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const { children, most, logits } = someRuns(sizes);
    const given = {
      runs: need(fixed, 'runs'),
      groups: need(fixed, 'groups'),
      hyper: need(fixed, 'hyper'),
    };
    const softmaxSizes = {
      rows: size(sizes, 'rows'),
      width: size(sizes, 'width'),
      children,
      most,
      logits,
    };
    return childSoftmax(graph, need(inputs, 'x'), need(inputs, 'children'), given, softmaxSizes);
  },
  ownGradient: () => SCALE,
};

/** What the op never does by itself: the gradient of the rows added to what is there. */
function rowsBackward(width: number): KernelCase {
  const kernel = CHILD_SOFTMAX_KERNELS.find(({ name }) => name === 'child_rows_backward');
  if (kernel === undefined) throw new Error('no child_rows_backward');
  const { runs, children, logits } = someRuns({ rows: 12, nodes: 4 });
  const random = new RandomStream(37, 'child rows');
  const normals = (length: number) => Float32Array.from({ length }, () => random.nextNormal());
  return {
    name: `child_rows_backward of width ${width}, added`,
    kernel,
    data: {
      dx: normals(12 * width),
      dlogits: normals(logits),
      children: normals(children * width),
      runs,
    },
    uniforms: { rows: 12, width, accumulate: 1 },
    tolerance: { absolute: 2e-6, relative: 4e-6 },
  };
}

export const CHILD_CASES: readonly KernelCase[] = [rowsBackward(4), rowsBackward(36)];

export const CHILD_TABLE: readonly { readonly spec: OpSpec; readonly cases: readonly OpCase[] }[] =
  [
    {
      spec: bagSpec,
      cases: [
        { sizes: { rows: 2, most: 1, width: 4, vocabulary: 3 } },
        { sizes: { rows: 65, most: 6, width: 8, vocabulary: 37 } },
        { sizes: { rows: 65, most: 6, width: 8, vocabulary: 37, alone: 1 } },
        { sizes: { rows: 257, most: 3, width: 24, vocabulary: 300 } },
        { sizes: { rows: 257, most: 3, width: 16, vocabulary: 37, step: 16 } },
        { sizes: { rows: 300, most: 2, width: 64, vocabulary: 3, step: 1, alone: 1 } },
      ],
    },
    {
      spec: childSoftmaxSpec,
      cases: [
        { sizes: { rows: 2, nodes: 1, width: 4 } },
        { sizes: { rows: 37, nodes: 9, width: 8 } },
        { sizes: { rows: 64, nodes: 30, width: 36 } },
        { sizes: { rows: 20, nodes: 3, width: 64, wide: 131 } },
        // An only child: nothing to choose, no loss and no gradient.
        { sizes: { rows: 5, nodes: 0, width: 8, wide: 1 } },
        { sizes: { rows: 12, nodes: 5, width: 8 }, fill: 'equal' },
        { sizes: { rows: 12, nodes: 5, width: 8, length: 1e4 }, fill: 'large', differences: false },
      ],
    },
  ];
