import type { DeviceBuffer } from '../../compute/executor.ts';
import type { MergeContext } from '../method.ts';
import type { BlockTable } from '../ties/blocks.ts';
import { SUM_WORDS } from './delta-kernels.ts';

/** Sums over one segment of an arena, in float64. */
export interface SegmentSums {
  /** Σ |x| */
  readonly l1: number;
  /** Σ x² */
  readonly squares: number;
  /** Largest |x|. */
  readonly largest: number;
  /** Number of x that are not 0. */
  readonly count: number;
}

/** Adds the blocks' sums up: `[arena][segment]`. */
export async function readSums(
  context: MergeContext,
  table: BlockTable,
  buffer: DeviceBuffer,
  arenas: number,
): Promise<SegmentSums[][]> {
  const values = await context.executor.readFloats(buffer);
  const blocks = table.blocks.length / 3;
  return Array.from({ length: arenas }, (_, arena) =>
    table.sizes.map((_size, segment) => {
      const first = arena * blocks + (table.segments[segment * 2] ?? 0);
      const sums = { l1: 0, squares: 0, largest: 0, count: 0 };
      for (let b = first; b < first + (table.segments[segment * 2 + 1] ?? 0); b++) {
        const at = b * SUM_WORDS;
        sums.l1 += values[at] ?? 0;
        sums.squares += values[at + 1] ?? 0;
        sums.largest = Math.max(sums.largest, values[at + 2] ?? 0);
        sums.count += values[at + 3] ?? 0;
      }
      return sums;
    }),
  );
}
