import type { Batch, BatchShape } from '../inputs/token-batch.ts';
import type { MicroParts } from './trainable-model.ts';

/** Shape of the micro-batches of a batch. */
export type MicroShape = BatchShape & MicroParts;

/** Shapes of the micro-batches, the largest first: the others then fit into its buffers. */
export function microShapes(shapes: readonly BatchShape[], microBatches: number): MicroShape[] {
  return shapes
    .map(({ B, T, scoredLimit, head }) => {
      const rows = Math.ceil(B / microBatches);
      const parts = Math.ceil(B / rows);
      const shape = { B: rows, T, parts, ...(head === undefined ? {} : { head }) };
      return scoredLimit === undefined
        ? shape
        : { ...shape, scoredLimit: partLimit(rows, T, scoredLimit) };
    })
    .sort((a, b) => b.B * b.T - a.B * a.T || b.T - a.T);
}

/** A part of a batch scores no more than the batch, and no more than it has positions. */
function partLimit(rows: number, T: number, scoredLimit: number): number {
  return Math.min(rows * T, scoredLimit);
}

/**
 * Cuts a batch by rows into `microBatches` of one shape, since shapes are compiled; the last one is
 * filled with rows that score nothing.
 */
export function splitBatch(batch: Batch, microBatches: number): Batch[] {
  if (microBatches === 1) return [batch];
  const { B, T, ids, targets, segments, scoredLimit, head } = batch;
  const rows = Math.ceil(B / microBatches);
  return Array.from({ length: Math.ceil(B / rows) }, (_, index) => {
    const start = index * rows * T;
    const end = start + rows * T;
    const own = {
      B: rows,
      T,
      ids: padded(ids.subarray(start, end), rows * T, 0),
      targets: padded(targets.subarray(start, end), rows * T, -100),
      ...(scoredLimit === undefined ? {} : { scoredLimit: partLimit(rows, T, scoredLimit) }),
      ...(head === undefined ? {} : { head }),
    };
    if (segments === undefined) return own;
    const inside = segments.filter((_edge, at) => {
      const first = segments[at - (at % 2)] ?? 0;
      return first >= start && first < end;
    });
    return { ...own, segments: inside.map((edge) => edge - start) };
  });
}

function padded<A extends Uint32Array | Int32Array>(part: A, length: number, filler: number): A {
  if (part.length === length) return part;
  const full = new (part.constructor as new (length: number) => A)(length);
  full.fill(filler).set(part);
  return full;
}
