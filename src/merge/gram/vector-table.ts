import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';

/** Elements of one workgroup; a lane adds 16 of them. */
const BLOCK_SIZE = 1024;
/** Words of a block: first element, elements, stride between them, vector. */
export const BLOCK_WORDS = 4;

/**
 * What counts as one vector: a whole tensor, its vectors along the last axis (rows of a matrix) or
 * along the first axis (columns). A tensor of one axis is one vector in every case.
 */
export type VectorUnit = 'tensor' | 'row' | 'column';

/**
 * The vectors of a layout, cut into blocks that never cross one. Vectors of one tensor follow each
 * other, tensors stand in the order of the layout; empty tensors have no vector, padding no block.
 */
export interface VectorTable {
  readonly unit: VectorUnit;
  readonly blocks: Uint32Array<ArrayBuffer>;
  readonly blockCount: number;
  readonly vectorCount: number;
  /** Tensor of each vector, as an index of `layout.entries`. */
  readonly tensors: Uint32Array<ArrayBuffer>;
}

/** Lists the vectors; 16 bytes a block of up to 1024 elements. */
export function vectorTable(layout: ParameterLayout, unit: VectorUnit): VectorTable {
  const spans = layout.entries.map((entry) => spanOf(entry, unit));
  const blockCount = spans.reduce((sum, span) => sum + span.count * blocksOf(span.length), 0);
  const vectorCount = spans.reduce((sum, span) => sum + span.count, 0);
  const blocks = new Uint32Array(blockCount * BLOCK_WORDS);
  const tensors = new Uint32Array(vectorCount);
  let vector = 0;
  let word = 0;
  layout.entries.forEach(({ offset }, tensor) => {
    const { count, length, stride, step } = spans[tensor] ?? EMPTY;
    for (let v = 0; v < count; v++, vector++) {
      tensors[vector] = tensor;
      for (let done = 0; done < length; done += BLOCK_SIZE, word += BLOCK_WORDS) {
        const elements = Math.min(BLOCK_SIZE, length - done);
        blocks.set([offset + v * step + done * stride, elements, stride, vector], word);
      }
    }
  });
  return { unit, blocks, blockCount, vectorCount, tensors };
}

/** `count` vectors of `length` elements, `stride` apart; each starts `step` after the one before. */
interface Span {
  readonly count: number;
  readonly length: number;
  readonly stride: number;
  readonly step: number;
}

const EMPTY: Span = { count: 0, length: 0, stride: 1, step: 1 };

function spanOf({ shape, size }: TensorEntry, unit: VectorUnit): Span {
  if (size === 0) return EMPTY;
  if (unit === 'column') {
    const length = shape[0] ?? 1;
    return { count: size / length, length, stride: size / length, step: 1 };
  }
  const length = unit === 'row' ? (shape.at(-1) ?? 1) : size;
  return { count: size / length, length, stride: 1, step: length };
}

function blocksOf(length: number): number {
  return Math.ceil(length / BLOCK_SIZE);
}
