import wgsl from '../../../shaders/embedding-bag.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import { rangesOf, type Graph, type Operand, type Table, type Value } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import { embeddingGradient, type SegmentOperands } from './embedding-gradient.ts';

/** What is in each row's bag, and the entries by token. */
export interface BagInput {
  /** u32[M]: table rows, bag after bag. */
  readonly ids: Operand;
  /** u32[N + 1]: where each row's bag begins in `ids`. */
  readonly starts: Operand;
  /** Positions are rows of y. null: no gradient is wanted. */
  readonly segments: SegmentOperands | null;
}

export interface BagSizes {
  readonly rows: number;
  /** M, most entries of all bags together. */
  readonly entries: number;
  readonly width: number;
  /** Ids are below it, whatever ranges of them the table has. */
  readonly vocabulary: number;
}

/**
 * Sums of embedding rows.   y[n] = Σ E[ids[i]], starts[n] <= i < starts[n + 1]
 * Ids of no range of the table add nothing, so that one list of entries may serve several tables.
 * @shape   E f32[V, C], whole or in ranges of rows; ids u32[M], starts u32[N + 1] -> y f32[N, C]
 * @param addTo f32[N, C] that the sums are added to in place: the op that made it must not look at
 *          it again, since it then finds y
 * @grad    dE accumulates over sorted segments, see `embeddingGradient`; addTo shares dY's buffer
 * @limits  C divisible by 4; ids < V (checked on the host)
 * @errors  none
 * @numeric f32 sums in the order of the entries; |y - f64| <= 1e-6 + 4e-6 |y|
 */
export function embeddingBag(
  graph: Graph,
  table: Table,
  { ids, starts, segments }: BagInput,
  { rows, entries, width, vocabulary }: BagSizes,
  addTo?: Value,
): Value {
  const out = addTo ?? graph.value('embedding bags', rows * width);
  rangesOf(table, vocabulary).forEach((range, index) => {
    const adds = addTo !== undefined || index > 0 ? 1 : 0;
    const uniforms = { rows, width, first: range.first, count: range.rows, adds };
    graph.emit(FORWARD, { out, table: range.weight, ids, starts }, uniforms);
  });
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null || segments === null) return;
    embeddingGradient(graph, { table, dy, segments }, { rows: entries, width, vocabulary });
  });
  return out;
}

const FORWARD = defineKernel({
  name: 'embedding_bag',
  wgsl,
  entry: 'bag',
  bindings: [...write('out'), ...read('table'), ...readU32('ids', 'starts')],
  uniforms: u32('rows', 'width', 'first', 'count', 'adds'),
  groups: perThread((uniforms) => (uniform(uniforms, 'rows') * uniform(uniforms, 'width')) / 4),
  twin: (buffers, uniforms) => {
    type Names = 'out' | 'table' | 'ids' | 'starts';
    const { out, table, ids, starts } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'rows'); row++) {
      const at = row * width;
      if (uniform(uniforms, 'adds') === 0) out.fill(0, at, at + width);
      for (let i = starts[row]!; i < starts[row + 1]!; i++) {
        const place = ids[i]! - uniform(uniforms, 'first');
        if (place < 0 || place >= uniform(uniforms, 'count')) continue;
        // Every sum is stored, so that a table in ranges has the roundings of a whole one.
        for (let c = 0; c < width; c++) out[at + c] = out[at + c]! + table[place * width + c]!;
      }
    }
  },
});

export const EMBEDDING_BAG_KERNELS = [FORWARD];
