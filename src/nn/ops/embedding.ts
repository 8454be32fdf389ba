import forwardWgsl from '../../../shaders/embedding.wgsl?raw';
import backwardWgsl from '../../../shaders/embedding-backward.wgsl?raw';
import { defineKernel, type TwinArray } from '../../compute/kernel.ts';
import type { Graph, Operand, Parameter, Value } from '../graph.ts';
import { perThread, read, readU32, u32, uniform, write, type Tolerance } from '../op.ts';

export const EMBEDDING_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 4e-6 };

/** Token ids of a batch, and their positions sorted by token (see `sortByToken`). */
export interface TokenInput {
  /** u32[N]. */
  readonly ids: Operand;
  /** u32[V + 1]; needed for the gradient only. */
  readonly starts: Operand | null;
  /** u32[N]; needed for the gradient only. */
  readonly positions: Operand | null;
}

/**
 * Embedding lookup.   y[n] = E[ids[n]]
 * @shape   E f32[V, C], ids u32[N] -> y f32[N, C]
 * @grad    dE accumulates over sorted segments: no float atomics, fixed order
 * @limits  C divisible by 4; ids < V (checked on the host)
 * @errors  invalid-argument
 * @numeric forward exact; gradient f32 in position order, |dE - f64| <= 1e-6 + 4e-6 |dE|
 */
export function embedding(
  graph: Graph,
  parameter: Parameter,
  tokens: TokenInput,
  sizes: { rows: number; width: number; vocabulary: number },
): Value {
  const { rows, width, vocabulary } = sizes;
  const out = graph.value('embedding', rows * width);
  graph.emit(FORWARD, { out, table: parameter.weight, ids: tokens.ids }, { rows, width });
  const { gradient } = parameter;
  const { starts, positions } = tokens;
  graph.onBackward(() => {
    const dy = graph.gradientOf(out);
    if (dy === null || gradient === null || starts === null || positions === null) return;
    graph.emit(BACKWARD, { dtable: gradient, dy, starts, positions }, { vocabulary, width });
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

/**
 * Counting sort of positions by token: rows of token v are positions[starts[v] … starts[v+1]).
 * Writes into the given arrays so that a training step allocates nothing.
 * @param starts u32[V + 1]
 * @param positions u32[N]
 */
export function sortByToken(ids: Uint32Array, starts: Uint32Array, positions: Uint32Array): void {
  starts.fill(0);
  for (const id of ids) starts[id + 1] = (starts[id + 1] ?? 0) + 1;
  for (let v = 1; v < starts.length; v++) starts[v] = starts[v]! + starts[v - 1]!;
  // Filling moves each start to the next token's start; the shift below restores them.
  ids.forEach((id, index) => {
    positions[starts[id]!] = index;
    starts[id] = starts[id]! + 1;
  });
  starts.copyWithin(1, 0, starts.length - 1);
  starts[0] = 0;
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

const BACKWARD = defineKernel({
  name: 'embedding_backward',
  wgsl: backwardWgsl,
  entry: 'backward',
  bindings: [...write('dtable'), ...read('dy'), ...readU32('starts', 'positions')],
  uniforms: u32('vocabulary', 'width'),
  groups: perThread(
    (uniforms) => (uniform(uniforms, 'vocabulary') * uniform(uniforms, 'width')) / 4,
  ),
  twin: (buffers, uniforms) => {
    type Names = 'dtable' | 'dy' | 'starts' | 'positions';
    const { dtable, dy, starts, positions } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let token = 0; token < uniform(uniforms, 'vocabulary'); token++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let i = starts[token]!; i < starts[token + 1]!; i++) {
          sum += dy[positions[i]! * width + c]!;
        }
        dtable[token * width + c] = dtable[token * width + c]! + sum;
      }
    }
  },
});

export const EMBEDDING_KERNELS = [FORWARD, BACKWARD];
