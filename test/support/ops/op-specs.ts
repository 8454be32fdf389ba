import type { Graph, Operand, Parameter, Value } from '../../../src/nn/graph/graph.ts';
import { attention, ATTENTION_TOLERANCE } from '../../../src/nn/ops/attention.ts';
import { embedding, EMBEDDING_TOLERANCE } from '../../../src/nn/ops/embedding.ts';
import { linear } from '../../../src/nn/ops/linear.ts';
import { emitMatmul, matmulTolerance } from '../../../src/nn/ops/matmul.ts';
import type { MatmulLayout } from '../../../src/nn/ops/matmul-parts.ts';
import { rmsnorm, RMSNORM_TOLERANCE } from '../../../src/nn/ops/rmsnorm.ts';
import { rotary, rotaryTable, ROTARY_TOLERANCE } from '../../../src/nn/ops/rotary.ts';
import { swiglu, SWIGLU_TOLERANCE } from '../../../src/nn/ops/swiglu.ts';
import { swigluNetwork, swigluNetworkTolerance } from '../../../src/nn/ops/swiglu-network.ts';
import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import { TokenSegments } from '../../../src/nn/inputs/token-segments.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { CHILD_TABLE } from './child-specs.ts';
import { CLICK_TABLE } from './click-specs.ts';
import { CONTRASTIVE_TABLE } from './contrastive-specs.ts';
import { DROPOUT_TABLE } from './dropout-specs.ts';
import { HISTORY_TABLE } from './history-specs.ts';
import { LOSS_TABLE } from './loss-specs.ts';
import { inRanges } from './table-ranges.ts';
import { need, size } from './spec-sizes.ts';

const EPS = 1e-6;

const rmsnormSpec: OpSpec = {
  name: 'rmsnorm',
  tolerance: (sizes) => ({
    // The weight gradient sums over rows: its error grows with their root.
    absolute: RMSNORM_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows')),
    relative: RMSNORM_TOLERANCE.relative,
  }),
  inputs: (sizes) => ({ x: size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: (sizes) => ({ w: size(sizes, 'width') }),
  build: (graph, inputs, parameters, _fixed, sizes) =>
    rmsnorm(graph, need(inputs, 'x'), need(parameters, 'w'), {
      rows: size(sizes, 'rows'),
      width: size(sizes, 'width'),
      eps: EPS,
    }),
};

const linearSpec: OpSpec = {
  name: 'linear',
  tolerance: (sizes) =>
    matmulTolerance(Math.max(size(sizes, 'rows'), size(sizes, 'inputs'), size(sizes, 'outputs'))),
  inputs: (sizes) => ({
    x: size(sizes, 'rows') * size(sizes, 'inputs'),
    residual: size(sizes, 'rows') * size(sizes, 'outputs'),
  }),
  parameters: (sizes) => ({ w: size(sizes, 'inputs') * size(sizes, 'outputs') }),
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
      need(inputs, 'residual'),
    ),
};

/** The product alone, in a batch, scaled, with a residual or a bias; `linear` tests the gradients. */
function matmulSpec(layout: MatmulLayout, added: 'nothing' | 'residual' | 'bias'): OpSpec {
  return {
    name: `matmul ${layout} with ${added}`,
    tolerance: (sizes) => matmulTolerance(size(sizes, 'K')),
    inputs: (sizes) => ({
      a: size(sizes, 'batch') * size(sizes, 'M') * size(sizes, 'K'),
      b: size(sizes, 'batch') * size(sizes, 'K') * size(sizes, 'N'),
      residual: size(sizes, 'batch') * size(sizes, 'M') * size(sizes, 'N'),
    }),
    parameters: () => ({}),
    fixed: (sizes) => ({
      bias: Float32Array.from({ length: size(sizes, 'N') }, (_, i) => Math.sin(i)),
    }),
    build: (graph, inputs, _parameters, fixed, sizes) => {
      const shape = { batch: size(sizes, 'batch'), M: size(sizes, 'M'), N: size(sizes, 'N') };
      const out = graph.value('product', shape.batch * shape.M * shape.N);
      const operands = { out, a: need(inputs, 'a'), b: need(inputs, 'b') };
      const extra =
        added === 'residual'
          ? { residual: need(inputs, 'residual') }
          : added === 'bias'
            ? { bias: need(fixed, 'bias') }
            : {};
      const scaled = { ...shape, K: size(sizes, 'K'), scale: -0.5 };
      emitMatmul(graph, layout, { ...operands, ...extra }, scaled, 0);
      // A second time on top: what is there already is added.
      emitMatmul(graph, layout, operands, scaled, 1);
      return out;
    },
  };
}

const swigluSpec: OpSpec = {
  name: 'swiglu',
  tolerance: () => SWIGLU_TOLERANCE,
  inputs: (sizes) => ({ gu: 2 * size(sizes, 'rows') * size(sizes, 'width') }),
  parameters: () => ({}),
  build: (graph, inputs, _parameters, _fixed, sizes) =>
    swiglu(graph, need(inputs, 'gu'), { rows: size(sizes, 'rows'), width: size(sizes, 'width') }),
};

const networkSpec: OpSpec = {
  name: 'swiglu network',
  tolerance: (sizes) =>
    swigluNetworkTolerance({
      rows: size(sizes, 'rows'),
      width: size(sizes, 'width'),
      hidden: size(sizes, 'hidden'),
    }),
  inputs: (sizes) => ({
    x: size(sizes, 'rows') * size(sizes, 'width'),
    residual: size(sizes, 'rows') * size(sizes, 'width'),
  }),
  parameters: (sizes) => ({
    gateUp: 2 * size(sizes, 'hidden') * size(sizes, 'width'),
    down: size(sizes, 'width') * size(sizes, 'hidden'),
  }),
  build: (graph, inputs, parameters, _fixed, sizes) =>
    swigluNetwork(
      graph,
      need(inputs, 'x'),
      { gateUp: need(parameters, 'gateUp'), down: need(parameters, 'down') },
      { rows: size(sizes, 'rows'), width: size(sizes, 'width'), hidden: size(sizes, 'hidden') },
      need(inputs, 'residual'),
    ),
};

const headsOf = (sizes: Readonly<Record<string, number>>) => ({
  heads: size(sizes, 'heads'),
  kvHeads: size(sizes, 'kvHeads'),
  headWidth: size(sizes, 'headWidth'),
});

const qkvLength = (sizes: Readonly<Record<string, number>>, rows: number) =>
  rows * (size(sizes, 'heads') + 2 * size(sizes, 'kvHeads')) * size(sizes, 'headWidth');

function rotarySpec(hasNorm: boolean): OpSpec {
  return {
    name: hasNorm ? 'rotary with q/k norm' : 'rotary',
    tolerance: (sizes) => ({
      absolute: ROTARY_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows') * size(sizes, 'heads')),
      relative: ROTARY_TOLERANCE.relative,
    }),
    inputs: (sizes) => ({ qkv: qkvLength(sizes, size(sizes, 'rows')) }),
    parameters: (sizes): Record<string, number> =>
      hasNorm ? { norm: 2 * size(sizes, 'headWidth') } : {},
    fixed: (sizes) => ({
      table: rotaryTable(64, size(sizes, 'headWidth'), 10000),
      positions: Uint32Array.from({ length: size(sizes, 'rows') }, (_, i) => (i * 7) % 64),
    }),
    build: (
      graph: Graph,
      inputs: Readonly<Record<string, Value>>,
      parameters: Readonly<Record<string, Parameter>>,
      fixed: Readonly<Record<string, Operand>>,
      sizes,
    ) =>
      rotary(
        graph,
        {
          qkv: need(inputs, 'qkv'),
          norm: hasNorm ? need(parameters, 'norm') : null,
          table: need(fixed, 'table'),
          positions: need(fixed, 'positions'),
        },
        { rows: size(sizes, 'rows'), eps: EPS, ...headsOf(sizes) },
      ),
  };
}

/** Segments of the attention cases by number, over `rows` rows. */
const LAYOUTS: readonly ((rows: number) => number[])[] = [
  (rows) => [0, rows],
  // Two padded rows.
  (rows) => [0, Math.ceil(rows / 3), Math.ceil(rows / 2), rows - 1],
  // Packed, with segments of 1 and padding in the middle and at the end.
  (rows) => [0, 1, 1, 2, 2, 7, 7, 8, 11, rows - 6, rows - 6, rows - 3],
  // Nothing but padding in front of one row.
  (rows) => [rows - 1, rows],
];

const attentionSpec = (isCausal: boolean): OpSpec => ({
  name: isCausal ? 'attention' : 'bidirectional attention',
  tolerance: (sizes) => ({
    absolute: ATTENTION_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows')),
    relative: ATTENTION_TOLERANCE.relative,
  }),
  inputs: (sizes) => ({ qkv: qkvLength(sizes, size(sizes, 'rows')) }),
  parameters: () => ({}),
  fixed: (sizes) => {
    const rows = size(sizes, 'rows');
    const spans = new Uint32Array(2 * rows);
    const segments = LAYOUTS[sizes['layout'] ?? 0]?.(rows) ?? [];
    fillSpans(Uint32Array.from(segments), spans, new Uint32Array(rows));
    return { spans };
  },
  build: (graph, inputs, _parameters, fixed, sizes) =>
    attention(graph, need(inputs, 'qkv'), need(fixed, 'spans'), {
      rows: size(sizes, 'rows'),
      length: size(sizes, 'rows'),
      isCausal,
      ...headsOf(sizes),
    }),
});

/** Token ids with repeats, gaps and the first and last row of the table. */
function someIds(sizes: Readonly<Record<string, number>>): Uint32Array {
  const vocabulary = size(sizes, 'vocabulary');
  return Uint32Array.from({ length: size(sizes, 'rows') }, (_, i) =>
    i === 0 ? vocabulary - 1 : (i * i) % Math.max(1, vocabulary - 2),
  );
}

const embeddingSpec: OpSpec = {
  name: 'embedding',
  tolerance: (sizes) => ({
    absolute: EMBEDDING_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows')),
    relative: EMBEDDING_TOLERANCE.relative,
  }),
  inputs: () => ({}),
  parameters: (sizes) => ({ table: size(sizes, 'vocabulary') * size(sizes, 'width') }),
  fixed: (sizes) => {
    const ids = someIds(sizes);
    const rows = ids.length;
    const spans = new Uint32Array(2 * rows);
    fillSpans(Uint32Array.of(0, rows), spans, new Uint32Array(rows));
    const segments = new TokenSegments(rows, size(sizes, 'vocabulary'));
    segments.fill(ids, spans);
    const { positions, pieces, merges } = segments;
    return { ids, positions, pieces, merges };
  },
  build: (graph, _inputs, parameters, fixed, sizes) =>
    embedding(
      graph,
      inRanges(need(parameters, 'table'), {
        rows: size(sizes, 'vocabulary'),
        width: size(sizes, 'width'),
        step: sizes['step'],
      }),
      {
        ids: need(fixed, 'ids'),
        segments: {
          positions: need(fixed, 'positions'),
          pieces: need(fixed, 'pieces'),
          merges: need(fixed, 'merges'),
        },
      },
      {
        rows: size(sizes, 'rows'),
        width: size(sizes, 'width'),
        vocabulary: size(sizes, 'vocabulary'),
      },
    ),
};

const ROWS = [1, 2, 63, 64, 65, 255, 256, 257, 101];

interface TableRow {
  readonly spec: OpSpec;
  readonly cases: readonly OpCase[];
}

/** Products alone: every variant of the kernel runs this table, so it is small and ragged. */
export const MATMUL_TABLE: readonly TableRow[] = (['nt', 'nn', 'tn'] as const).flatMap((layout) =>
  (['nothing', 'residual', 'bias'] as const).map((added) => ({
    spec: matmulSpec(layout, added),
    cases: [
      { sizes: { batch: 1, M: 4, N: 4, K: 4 } },
      { sizes: { batch: 2, M: 68, N: 36, K: 20 } },
      ...(added === 'nothing'
        ? [
            { sizes: { batch: 3, M: 1, N: 5, K: 3 } },
            { sizes: { batch: 1, M: 8, N: 72, K: 256 } },
            { sizes: { batch: 1, M: 64, N: 64, K: 64 } },
            { sizes: { batch: 1, M: 260, N: 4, K: 12 } },
            { sizes: { batch: 1, M: 12, N: 132, K: 8 }, fill: 'large' as const },
          ]
        : []),
    ],
  })),
);

/** The fused products; every variant of theirs runs this table. */
export const SWIGLU_NETWORK_ROW: TableRow = {
  spec: networkSpec,
  cases: [
    // Up to 8 rows the products are not fused, up to 16 the CPU has another loop.
    { sizes: { rows: 8, width: 12, hidden: 20 } },
    { sizes: { rows: 9, width: 12, hidden: 20 } },
    { sizes: { rows: 33, width: 4, hidden: 4 } },
    { sizes: { rows: 65, width: 20, hidden: 36 } },
    { sizes: { rows: 129, width: 36, hidden: 68 } },
    { sizes: { rows: 17, width: 8, hidden: 268 } },
    { sizes: { rows: 21, width: 388, hidden: 12 } },
    { sizes: { rows: 18, width: 8, hidden: 8 }, fill: 'zeros' },
  ],
};

/** Op and its table of cases; the same table runs on every executor. */
export const OP_TABLE: readonly TableRow[] = [
  ...MATMUL_TABLE,
  {
    spec: rmsnormSpec,
    cases: [
      ...ROWS.map((rows) => ({ sizes: { rows, width: 24 } })),
      { sizes: { rows: 3, width: 4 } },
      { sizes: { rows: 5, width: 256 } },
      { sizes: { rows: 9, width: 64 } },
      { sizes: { rows: 7, width: 260 } },
      ...(['zeros', 'negative zeros', 'large', 'equal', 'subnormal'] as const).map((fill) => ({
        sizes: { rows: 3, width: 16 },
        fill,
        // At zero the function bends within 1e-3 (sqrt(eps)): differences need a smaller step.
        differences: fill === 'equal',
      })),
    ],
  },
  {
    spec: linearSpec,
    cases: [
      ...ROWS.map((rows) => ({ sizes: { rows, inputs: 12, outputs: 20 } })),
      { sizes: { rows: 33, inputs: 4, outputs: 4 } },
      { sizes: { rows: 40, inputs: 68, outputs: 36 } },
      { sizes: { rows: 7, inputs: 9, outputs: 5 } },
      { sizes: { rows: 17, inputs: 8, outputs: 97 } },
      { sizes: { rows: 64, inputs: 33, outputs: 12 } },
      { sizes: { rows: 3, inputs: 8, outputs: 8 }, fill: 'zeros' },
      { sizes: { rows: 3, inputs: 8, outputs: 8 }, fill: 'subnormal', differences: false },
    ],
  },
  {
    spec: swigluSpec,
    cases: [
      ...ROWS.map((rows) => ({ sizes: { rows, width: 8 } })),
      { sizes: { rows: 3, width: 8 }, fill: 'zeros' },
      { sizes: { rows: 3, width: 8 }, fill: 'negative zeros' },
      { sizes: { rows: 3, width: 8 }, fill: 'large', differences: false },
    ],
  },
  SWIGLU_NETWORK_ROW,
  ...[true, false].map((hasNorm) => ({
    spec: rotarySpec(hasNorm),
    cases: [
      ...[1, 2, 63, 65, 101].map((rows) => ({
        sizes: { rows, heads: 4, kvHeads: 2, headWidth: 8 },
      })),
      { sizes: { rows: 5, heads: 3, kvHeads: 1, headWidth: 16 } },
      { sizes: { rows: 4, heads: 1, kvHeads: 1, headWidth: 64 } },
    ],
  })),
  ...[true, false].map((isCausal) => ({
    spec: attentionSpec(isCausal),
    cases: [
      { sizes: { rows: 1, heads: 1, kvHeads: 1, headWidth: 8 } },
      { sizes: { rows: 4, heads: 2, kvHeads: 1, headWidth: 8 } },
      { sizes: { rows: 38, heads: 4, kvHeads: 2, headWidth: 8, layout: 1 } },
      { sizes: { rows: 65, heads: 3, kvHeads: 1, headWidth: 16 } },
      { sizes: { rows: 65, heads: 3, kvHeads: 1, headWidth: 16, layout: 2 } },
      { sizes: { rows: 21, heads: 2, kvHeads: 2, headWidth: 32, layout: 2 } },
      { sizes: { rows: 70, heads: 2, kvHeads: 1, headWidth: 64, layout: 2 } },
      { sizes: { rows: 37, heads: 2, kvHeads: 1, headWidth: 128, layout: 2 } },
      { sizes: { rows: 13, heads: 2, kvHeads: 1, headWidth: 8, layout: 3 } },
      { sizes: { rows: 9, heads: 2, kvHeads: 1, headWidth: 8 }, fill: 'equal' as const },
      { sizes: { rows: 9, heads: 2, kvHeads: 1, headWidth: 8 }, fill: 'zeros' as const },
    ],
  })),
  {
    spec: embeddingSpec,
    cases: [
      ...ROWS.map((rows) => ({ sizes: { rows, width: 8, vocabulary: 37 } })),
      { sizes: { rows: 9, width: 24, vocabulary: 1 } },
      // One token stands everywhere, or almost.
      { sizes: { rows: 1000, width: 4, vocabulary: 1 } },
      { sizes: { rows: 515, width: 8, vocabulary: 3 } },
      { sizes: { rows: 257, width: 8, vocabulary: 37, step: 16 } },
      { sizes: { rows: 300, width: 64, vocabulary: 3, step: 1 } },
    ],
  },
  ...LOSS_TABLE,
  ...CHILD_TABLE,
  ...CLICK_TABLE,
  ...CONTRASTIVE_TABLE,
  ...HISTORY_TABLE,
  ...DROPOUT_TABLE,
];

export function caseName({ sizes, fill }: OpCase): string {
  const text = Object.entries(sizes).map(([name, value]) => `${name}=${value}`);
  return [...text, ...(fill === undefined ? [] : [fill])].join(',');
}
