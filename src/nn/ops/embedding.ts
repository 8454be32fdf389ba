import forwardWgsl from '../../../shaders/embedding.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Parameter, Value } from '../graph.ts';
import { embeddingGradient, type SegmentOperands } from './embedding-gradient.ts';
import { perThread, read, readU32, u32, uniform, write, type Tolerance } from '../op.ts';

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
 * @shape   E f32[V, C], ids u32[N] -> y f32[N, C]
 * @grad    dE accumulates over sorted segments, see `embeddingGradient`
 * @limits  C divisible by 4; ids < V (checked on the host)
 * @errors  none
 * @numeric forward exact
 */
export function embedding(
  graph: Graph,
  parameter: Parameter,
  tokens: TokenInput,
  sizes: { rows: number; width: number; vocabulary: number },
): Value {
  const { rows, width } = sizes;
  const out = graph.value('embedding', rows * width);
  graph.emit(FORWARD, { out, table: parameter.weight, ids: tokens.ids }, { rows, width });
  const { gradient } = parameter;
  const { segments } = tokens;
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null || gradient === null || segments === null) return;
    embeddingGradient(graph, { dtable: gradient, dy, segments }, sizes);
  });
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
  graph.emit(FORWARD, { out, table, ids }, sizes);
  return out;
}

const FORWARD = defineKernel({
  name: 'embedding',
  wgsl: forwardWgsl,
  entry: 'forward',
  bindings: [...write('out'), ...read('table'), ...readU32('ids')],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  work: ({ rows = 0, width = 0 }) => ({ flops: 0, bytes: 8 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, table, ids } = buffers as Record<'out' | 'table' | 'ids', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const base = ids[row]! * width;
      for (let c = 0; c < width; c++) out[row * width + c] = table[base + c]!;
    }
  },
});

export const EMBEDDING_KERNELS = [FORWARD];
