import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import type { MergeContext } from '../method.ts';
import { floatBits } from '../twin-array.ts';
import type { BlockTable } from './blocks.ts';
import { ALL, BINS, CUT_WORDS, DIGIT_SHIFTS, trimKernels } from './trim-kernels.ts';

/** Segments that share one histogram buffer (4 MiB): models with many tensors go in batches. */
const SEGMENTS_PER_BATCH = 512;

/** A buffer with `data` in it; one element at least, since WebGPU cannot bind 0 bytes. */
export function uploaded(
  context: MergeContext,
  label: string,
  data: Uint32Array | Float32Array,
): DeviceBuffer {
  const type = data instanceof Float32Array ? 'f32' : 'u32';
  const buffer = context.scratch(label, type, Math.max(1, data.length));
  if (data.length > 0) context.executor.write(buffer, data);
  return buffer;
}

/**
 * A cut before its selection; "nothing" and "everything" are final already. A searched one finds
 * the smallest key where as many as there are stay.
 */
function initialCut(kept: number, size: number, isSearched: boolean): readonly number[] {
  if (kept <= 0) return [ALL, 0, ONE, 0];
  const isEverything = isSearched ? kept > size : kept >= size;
  return isEverything ? [0, ALL, ONE, 0] : [0, 0, ONE, kept];
}

const ONE = floatBits(1);

/**
 * Cuts of several selections after each other, `counts[selection][segment]` elements each, and
 * `spare` words behind them.
 */
export function initialCuts(
  table: BlockTable,
  counts: readonly (readonly number[])[],
  { spare = 0, isSearched = false } = {},
): Uint32Array<ArrayBuffer> {
  const segments = table.sizes.length;
  const cuts = new Uint32Array(counts.length * segments * CUT_WORDS + spare);
  counts.forEach((kept, selection) => {
    table.sizes.forEach((size, segment) => {
      const cut = initialCut(kept[segment] ?? 0, size, isSearched);
      cuts.set(cut, (selection * segments + segment) * CUT_WORDS);
    });
  });
  return cuts;
}

/** Tables and scratch memory that selections of one merge share. */
export interface SelectionBuffers {
  readonly blocks: DeviceBuffer;
  readonly cuts: DeviceBuffer;
  readonly segments: DeviceBuffer;
  readonly histogram: DeviceBuffer;
  readonly tieCounts: DeviceBuffer;
  readonly norms: DeviceBuffer;
}

export function selectionBuffers(
  context: MergeContext,
  table: BlockTable,
  shared: { readonly blocks: DeviceBuffer; readonly cuts: DeviceBuffer },
  hasNorms = false,
): SelectionBuffers {
  const blockCount = Math.max(1, table.blocks.length / 3);
  const batch = Math.max(1, Math.min(SEGMENTS_PER_BATCH, table.sizes.length));
  return {
    blocks: shared.blocks,
    cuts: shared.cuts,
    histogram: context.scratch('histogram', 'u32', batch * BINS),
    segments: uploaded(context, 'segments', table.segments),
    tieCounts: context.scratch('tie counts', 'u32', blockCount),
    norms: context.scratch('norms', 'f32', hasNorms ? blockCount * 2 : 2),
  };
}

/** One exact top-k per segment of |values − origin|. */
export interface Selection {
  readonly values: DeviceBuffer;
  readonly origin: DeviceBuffer;
  /** Which of the selections in `cuts`. */
  readonly index: number;
  /** Keeps all elements equal to the threshold instead of the first ones by arena index. */
  readonly keepsTies: boolean;
  /** Also finds the scale that restores the L1 norm of what is kept. */
  readonly rescales?: boolean;
}

/** Finishes the cuts of one selection: threshold key, last index kept at it, scale. */
export function selectionSteps(
  table: BlockTable,
  buffers: SelectionBuffers,
  { values, origin, index, keepsTies, rescales = false }: Selection,
): Step[] {
  const steps: Step[] = [];
  const bind = { ...buffers, base: origin, model: values };
  const { countDigit, selectDigit, countTies, cutTies, sumBlocks, scaleSegments } = trimKernels;
  for (let first = 0; first < table.sizes.length; first += SEGMENTS_PER_BATCH) {
    const uniforms = {
      ...batchOf(table, first),
      firstCut: index * table.sizes.length,
      shift: 0,
      keepTies: keepsTies ? 1 : 0,
    };
    for (const shift of DIGIT_SHIFTS) {
      steps.push({ kernel: countDigit, bind, uniforms: { ...uniforms, shift } });
      steps.push({ kernel: selectDigit, bind, uniforms: { ...uniforms, shift } });
    }
    const last = [
      ...(keepsTies ? [] : [countTies, cutTies]),
      ...(rescales ? [sumBlocks, scaleSegments] : []),
    ];
    steps.push(...last.map((kernel) => ({ kernel, bind, uniforms })));
  }
  return steps;
}

function batchOf(table: BlockTable, firstSegment: number) {
  const segmentCount = Math.min(SEGMENTS_PER_BATCH, table.sizes.length - firstSegment);
  const lastSegment = firstSegment + segmentCount - 1;
  const firstBlock = table.segments[firstSegment * 2] ?? 0;
  const endBlock =
    (table.segments[lastSegment * 2] ?? 0) + (table.segments[lastSegment * 2 + 1] ?? 0);
  return { firstSegment, segmentCount, firstBlock, blockCount: endBlock - firstBlock };
}
