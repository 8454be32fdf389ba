import forwardWgsl from '../../../shaders/embedding.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import { rangesOf, type Graph, type Operand, type Table, type Value } from '../graph/graph.ts';
import { embeddingGradient, type SegmentOperands } from './embedding-gradient.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';

export const EMBEDDING_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 4e-6 };

/** Token ids of a batch, and their positions by token. */
export interface TokenInput {
  /** u32[N]. */
  readonly ids: Operand;
  /** null: no gradient is wanted. */
  readonly segments: SegmentOperands | null;
}

/**
 * Embedding lookup.   y[n] = E[ids[n]]
 * @shape   E f32[V, C], whole or in ranges of rows; ids u32[N] -> y f32[N, C]
 * @grad    dE accumulates over sorted segments, see `embeddingGradient`
 * @limits  C divisible by 4; ids < V (checked on the host)
 * @errors  none
 * @numeric forward exact
 */
export function embedding(
  graph: Graph,
  table: Table,
  tokens: TokenInput,
  sizes: { rows: number; width: number; vocabulary: number },
): Value {
  const out = lookUp(graph, table, tokens.ids, sizes);
  const { segments } = tokens;
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null || segments === null) return;
    embeddingGradient(graph, { table, dy, segments }, sizes);
  });
  return out;
}

/** Rows of a table by token, without a gradient: each range writes the rows of its tokens. */
export function lookUp(
  graph: Graph,
  table: Table,
  ids: Operand,
  { rows, width, vocabulary }: { rows: number; width: number; vocabulary: number },
): Value {
  const out = graph.value('embedding', rows * width);
  for (const range of rangesOf(table, vocabulary)) {
    const uniforms = { rows, width, first: range.first, count: range.rows };
    graph.emit(FORWARD, { out, table: range.weight, ids }, uniforms);
  }
  return out;
}

/** Rows of any matrix by index, without a gradient: y[n] = table[ids[n]]. */
export function gatherRows(
  graph: Graph,
  table: Operand,
  ids: Operand,
  sizes: { rows: number; width: number },
): Value {
  const out = graph.value('gathered rows', sizes.rows * sizes.width);
  const count = Math.floor(table.length / sizes.width);
  graph.emit(FORWARD, { out, table, ids }, { ...sizes, first: 0, count });
  return out;
}

const FORWARD = defineKernel({
  name: 'embedding',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out'), ...read('table'), ...readU32('ids')],
  uniforms: u32('rows', 'width', 'first', 'count'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  work: ({ rows = 0, width = 0 }) => ({ flops: 0, bytes: 8 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, table, ids } = buffers as Record<'out' | 'table' | 'ids', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const place = ids[row]! - uniform(uniforms, 'first');
      if (place < 0 || place >= uniform(uniforms, 'count')) continue;
      const base = place * width;
      for (let c = 0; c < width; c++) out[row * width + c] = table[base + c]!;
    }
  },
});

export const EMBEDDING_KERNELS = [FORWARD];
