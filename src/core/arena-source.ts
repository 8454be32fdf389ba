import type { ParameterLayout, TensorEntry } from './layout.ts';

/**
 * Values of an arena that are read a range at a time, because they lie in a file or are stored in
 * two bytes each: what passes them on holds a piece of them, never the whole.
 */
export interface ArenaSource {
  /** Elements, as f32. */
  readonly length: number;
  /**
   * Fills `target` with the values from `start` on.
   * @errors data-missing, checkpoint-corrupt: where they lie, something has changed
   */
  read(start: number, target: Float32Array<ArrayBuffer>): Promise<void>;
}

/** An arena in memory, or one that is read. */
export type Arena = Float32Array<ArrayBuffer> | ArenaSource;

/** Elements of a piece where nothing else decides: 4 MB. */
export const PIECE_LENGTH = 2 ** 20;

export function arenaSource(arena: Arena): ArenaSource {
  if (!(arena instanceof Float32Array)) return arena;
  return {
    length: arena.length,
    read(start, target) {
      target.set(arena.subarray(start, start + target.length));
      return Promise.resolve();
    },
  };
}

/** All values in memory; an arena that is there already is not copied. */
export async function wholeArena(arena: Arena): Promise<Float32Array<ArrayBuffer>> {
  if (arena instanceof Float32Array) return arena;
  const whole = new Float32Array(arena.length);
  for (let start = 0; start < whole.length; start += PIECE_LENGTH) {
    await arena.read(start, whole.subarray(start, start + PIECE_LENGTH));
  }
  return whole;
}

/** A range of elements, and how many of them at a time. */
export interface PieceRange {
  readonly start: number;
  readonly length: number;
  readonly step?: number;
}

/**
 * Visits a range of an arena piece by piece, in order. The array is the same every time: a visitor
 * that keeps values copies them.
 */
export async function eachPiece(
  source: ArenaSource,
  { start, length, step = PIECE_LENGTH }: PieceRange,
  visit: (values: Float32Array<ArrayBuffer>, start: number) => void | Promise<void>,
): Promise<void> {
  const piece = new Float32Array(Math.min(step, length));
  const end = start + length;
  for (let at = start; at < end; at += step) {
    const values = piece.subarray(0, Math.min(step, end - at));
    await source.read(at, values);
    await visit(values, at);
  }
}

/** Reads elements of one tensor, counted from its first. */
export type TensorRead = (start: number, target: Float32Array<ArrayBuffer>) => Promise<void>;

/** An arena whose tensors are read one by one, wherever each lies; between them it is zero. */
export function arenaOfTensors(
  layout: ParameterLayout,
  readerOf: (entry: TensorEntry) => TensorRead,
): ArenaSource {
  const tensors = layout.entries.map((entry) => ({ ...entry, read: readerOf(entry) }));
  return {
    length: layout.length,
    async read(start, target) {
      const end = start + target.length;
      target.fill(0);
      for (const { offset, size, read } of tensors) {
        const from = Math.max(start, offset);
        const to = Math.min(end, offset + size);
        if (from < to) await read(from - offset, target.subarray(from - start, to - start));
      }
    },
  };
}

/** Place and value of the first element that is NaN or infinite; null where all are numbers. */
export function firstNonFinite(values: Float32Array): { index: number; value: number } | null {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    // Also false for infinities, whose difference is NaN.
    if (value - value !== 0) return { index, value };
  }
  return null;
}
