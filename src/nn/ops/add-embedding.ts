import wgsl from '../../../shaders/add-embedding.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import type { TokenInput } from './embedding.ts';
import { embeddingGradient } from './embedding-gradient.ts';

/**
 * One more feature of each position.   y[n] = x[n] + E[ids[n]]
 * @shape   x f32[N, C], E f32[V, C], ids u32[N] -> y f32[N, C]
 * @grad    x shares dY's buffer; dE accumulates over sorted segments, see `embeddingGradient`
 * @limits  C divisible by 4; ids < V (checked on the host); the table in one binding
 * @errors  none
 * @numeric forward one f32 addition an element
 */
export function addEmbedding(
  graph: Graph,
  x: Value,
  table: Parameter,
  { ids, segments }: TokenInput,
  sizes: { rows: number; width: number; vocabulary: number },
): Value {
  const { rows, width } = sizes;
  const out = graph.value('with feature', rows * width);
  graph.emit(FORWARD, { out, x, table: table.weight, ids }, { rows, width });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null) return;
    if (segments !== null) embeddingGradient(graph, { table, dy, segments }, sizes);
    graph.shareGradient(x, dy);
  });
  return out;
}

const FORWARD = defineKernel({
  name: 'add_embedding',
  wgsl,
  entry: 'add_embedding',
  bindings: [...write('out'), ...read('x', 'table'), ...readU32('ids')],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  work: ({ rows = 0, width = 0 }) => ({ flops: rows * width, bytes: 12 * rows * width }),
  twin: (buffers, uniforms) => {
    const { out, x, table, ids } = buffers as Record<'out' | 'x' | 'table' | 'ids', TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      for (let c = 0; c < width; c++) {
        out[row * width + c] = x[row * width + c]! + table[ids[row]! * width + c]!;
      }
    }
  },
});

export const ADD_EMBEDDING_KERNELS = [FORWARD];
