import wgsl from '../../../shaders/embedding-backward.wgsl?raw';
import { defineKernel, type TwinArray, type Uniforms } from '../../compute/kernel.ts';
import { rangesOf, type Graph, type Operand, type Table } from '../graph/graph.ts';
import { uniform } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';

/** Most positions one thread sums up; longer segments are cut. */
export const PIECE_LENGTH = 64;

/** Slot of a piece that is all of its token's positions. */
export const WHOLE_SEGMENT = 0xffffffff;

/** Most pieces, tokens of several pieces, and partial sums that N positions can lead to. */
export function segmentCapacity(
  rows: number,
  vocabulary: number,
): { pieces: number; merges: number; slots: number } {
  const full = Math.floor(rows / PIECE_LENGTH);
  const merges = Math.min(vocabulary, Math.floor(rows / (PIECE_LENGTH + 1)));
  return {
    pieces: full + Math.min(vocabulary, rows),
    merges,
    slots: merges === 0 ? 0 : full + merges,
  };
}

/** Where the positions of each token stand: device copies of `TokenSegments`. */
export interface SegmentOperands {
  /** u32[N]. */
  readonly positions: Operand;
  /** u32[pieces, 4]. */
  readonly pieces: Operand;
  /** u32[merges, 4]. */
  readonly merges: Operand;
}

/**
 * Gradient of an embedding: dE[token] += Σ dy[n] over the token's positions n. Each range of a
 * table that is cut takes the pieces of its own tokens.
 * @shape   dy f32[N, C], segments of N positions over V tokens -> dE f32[V, C]
 * @grad    accumulates; no float atomics, pieces of at most 64 rows in order, then their sums
 * @limits  C divisible by 4
 * @errors  none
 * @numeric f32 in fixed order; |dE - f64| <= 1e-6 + 4e-6 |dE|, times √N
 */
export function embeddingGradient(
  graph: Graph,
  operands: { table: Table; dy: Operand; segments: SegmentOperands },
  sizes: { rows: number; width: number; vocabulary: number },
): void {
  const { table, dy, segments } = operands;
  const { positions } = segments;
  const { rows, width, vocabulary } = sizes;
  const capacity = segmentCapacity(rows, vocabulary);
  // WebGPU cannot bind 0 bytes: without long segments the partial sums get one unused row.
  const sums = graph.value('embedding partial sums', Math.max(1, capacity.slots) * width);
  for (const { gradient: dtable, first, rows: tokens } of rangesOf(table, vocabulary)) {
    if (dtable === null) continue;
    const bind = { dtable, sums, dy, positions };
    const own = { width, first, tokens };
    graph.emit(PIECES, { ...bind, ranges: segments.pieces }, { count: capacity.pieces, ...own });
    if (capacity.merges === 0) continue;
    graph.emit(MERGE, { ...bind, ranges: segments.merges }, { count: capacity.merges, ...own });
  }
}

/** The row of `dtable` that a token has; null when another range holds it. */
function rowOf(token: number, uniforms: Uniforms): number | null {
  const row = token - uniform(uniforms, 'first');
  return row < 0 || row >= uniform(uniforms, 'tokens') ? null : row;
}

const COMMON = {
  wgsl,
  bindings: [...write('dtable', 'sums'), ...read('dy'), ...readU32('ranges', 'positions')],
  uniforms: u32('count', 'width', 'first', 'tokens'),
  groups: perThread((uniforms) => (uniform(uniforms, 'count') * uniform(uniforms, 'width')) / 4),
} as const;

type Names = 'dtable' | 'sums' | 'dy' | 'ranges' | 'positions';

/** target[at + c] = or += sum of the rows of `source` that `rowAt` names. */
function sumRows(
  target: TwinArray,
  at: number,
  isAdding: boolean,
  source: TwinArray,
  rowAt: (index: number) => number,
  [start, end, width]: readonly [number, number, number],
): void {
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let i = start; i < end; i++) sum += source[rowAt(i) * width + c]!;
    target[at + c] = isAdding ? target[at + c]! + sum : sum;
  }
}

const PIECES = defineKernel({
  ...COMMON,
  name: 'embedding_pieces',
  entry: 'pieces',
  twin: (buffers, uniforms) => {
    const { dtable, sums, dy, ranges, positions } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let piece = 0; piece < uniform(uniforms, 'count'); piece++) {
      const start = ranges[piece * 4]!;
      const end = ranges[piece * 4 + 1]!;
      const row = rowOf(ranges[piece * 4 + 2]!, uniforms);
      if (start === end || row === null) continue;
      const slot = ranges[piece * 4 + 3]!;
      const isWhole = slot === WHOLE_SEGMENT;
      const target = isWhole ? dtable : sums;
      const at = (isWhole ? row : slot) * width;
      sumRows(target, at, isWhole, dy, (i) => positions[i]!, [start, end, width]);
    }
  },
});

const MERGE = defineKernel({
  ...COMMON,
  name: 'embedding_merge',
  entry: 'merge',
  twin: (buffers, uniforms) => {
    const { dtable, sums, ranges } = buffers as Record<Names, TwinArray>;
    const width = uniform(uniforms, 'width');
    for (let index = 0; index < uniform(uniforms, 'count'); index++) {
      const first = ranges[index * 4 + 1]!;
      const end = ranges[index * 4 + 2]!;
      const row = rowOf(ranges[index * 4]!, uniforms);
      if (first === end || row === null) continue;
      const at = row * width;
      sumRows(dtable, at, true, sums, (slot) => slot, [first, end, width]);
    }
  },
});

export const EMBEDDING_GRADIENT_KERNELS = [PIECES, MERGE];
