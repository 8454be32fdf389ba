import type { ParameterLayout } from '../../core/layout.ts';

/** Elements of one workgroup: large enough that the table costs nothing, small for short tensors. */
export const BLOCK_SIZE = 1024;

/** Within what the largest magnitudes are chosen. */
export type TrimScope = 'tensor' | 'global';

/**
 * The arena cut into blocks that never cross a tensor, so that one dispatch serves all tensors.
 * A segment is what is trimmed together; its blocks follow each other. Padding is in no block.
 */
export interface BlockTable {
  /** Three words a block: first element, end, segment. */
  readonly blocks: Uint32Array<ArrayBuffer>;
  /** Two words a segment: first block, number of blocks. */
  readonly segments: Uint32Array<ArrayBuffer>;
  /** Elements a segment. */
  readonly sizes: readonly number[];
}

/** Cuts the tensors of a layout into blocks; with scope "global" all belong to one segment. */
export function blockTable(layout: ParameterLayout, scope: TrimScope): BlockTable {
  const blocks: number[] = [];
  const segments: number[] = [];
  const sizes: number[] = [];
  const entries = [...layout.entries].sort((a, b) => a.offset - b.offset);
  const groups = scope === 'global' ? [entries] : entries.map((entry) => [entry]);
  groups.forEach((group, segment) => {
    const first = blocks.length / 3;
    for (const { offset, size } of group) {
      for (let start = 0; start < size; start += BLOCK_SIZE) {
        blocks.push(offset + start, offset + Math.min(start + BLOCK_SIZE, size), segment);
      }
    }
    segments.push(first, blocks.length / 3 - first);
    sizes.push(group.reduce((sum, entry) => sum + entry.size, 0));
  });
  return { blocks: new Uint32Array(blocks), segments: new Uint32Array(segments), sizes };
}
