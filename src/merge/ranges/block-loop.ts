import type { BlockPlace } from './block-steps.ts';
import type { WasmFunction } from './range-memory.ts';

/** An operand whose bytes become a block of f32. */
export interface BlockRead {
  readonly operand: number;
  readonly decode: WasmFunction;
  /** Address of the block, and of the bytes of the first element. */
  readonly to: number;
  readonly from: number;
  /** Bytes of an element. */
  readonly width: number;
}

/** Where the result's block becomes bytes. */
export interface BlockWrite {
  readonly encode: WasmFunction;
  readonly nonFinite: WasmFunction;
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** Values that are not finite: in each operand, and of the result before and after it is rounded. */
export interface BadValues {
  readonly operands: number[];
  readonly outside: { before: number; after: number };
}

export interface BlockLoop {
  /** In the tensor. */
  readonly first: number;
  readonly count: number;
  readonly section: number;
  /** Elements of the largest block. */
  readonly most: number;
  readonly only: ReadonlySet<number> | null;
  /** Of so many blocks one is looked at. */
  readonly sample: number;
  readonly reads: readonly BlockRead[];
  readonly steps: (place: BlockPlace) => void;
  readonly write: BlockWrite | null;
  readonly bad: BadValues;
}

/**
 * Decodes, runs the steps and encodes, block by block; a block ends with its section, or when it is
 * full. Nothing here depends on what a pass is, and it makes no objects: what V8 optimises for one
 * pass holds for all others. It did so a dozen times a merge before.
 */
export function runBlocks(loop: BlockLoop): void {
  const { first, count, section, most, only, sample, reads, steps, write, bad } = loop;
  const place = { first, within: 0, section: 0, count: 0 };
  for (let done = 0; done < count; done += place.count) {
    place.first = first + done;
    place.section = Math.floor(place.first / section);
    place.within = place.first - place.section * section;
    place.count = Math.min(most, section - place.within, count - done);
    if (only?.has(place.section) === false) continue;
    if (sample > 1 && Math.floor(place.first / most) % sample !== 0) continue;
    for (const { operand, decode, to, from, width } of reads) {
      const found = decode(to, from + done * width, place.count);
      if (found > 0) bad.operands[operand] = (bad.operands[operand] ?? 0) + found;
    }
    steps(place);
    if (write !== null) writeBlock(write, done, place.count, bad);
  }
}

function writeBlock(
  { encode, nonFinite, from, to, width }: BlockWrite,
  done: number,
  count: number,
  { outside }: BadValues,
): void {
  const after = encode(to + done * width, from, count);
  if (after === 0) return;
  outside.after += after;
  outside.before += nonFinite(from, count);
}
