import { AppError } from '../../core/errors.ts';

/**
 * Segments of whole rows of a batch: pairs [start, end) in the B*T flattened rows. Lengths that are
 * 0 leave no segment.
 * @param lengths real positions of each row; padding follows them
 */
export function rowSegments(lengths: ArrayLike<number>, T: number): Uint32Array<ArrayBuffer> {
  const pairs: number[] = [];
  for (let b = 0; b < lengths.length; b++) {
    const length = lengths[b] ?? 0;
    if (length > 0) pairs.push(b * T, b * T + length);
  }
  return Uint32Array.from(pairs);
}

/**
 * What attention and the rotary embedding need to know of each row, from the segments. Writes into
 * the given arrays, so that a training step allocates nothing.
 * @param segments pairs [start, end) in rising order; rows of no segment are padding
 * @param spans u32[2N]: the segment of each row, start = end for padding
 * @param places u32[N]: position within the segment, 0 for padding
 * @errors invalid-argument for empty, overlapping or unordered segments, or one past the end
 */
export function fillSpans(segments: Uint32Array, spans: Uint32Array, places: Uint32Array): void {
  spans.fill(0);
  places.fill(0);
  let done = 0;
  for (let i = 0; i < segments.length; i += 2) {
    const start = segments[i] ?? 0;
    const end = segments[i + 1] ?? 0;
    if (start < done || end <= start || end > places.length) {
      throw new AppError('invalid-argument', `Segment ${start}…${end} does not fit the batch.`, {
        hint: 'Segments must rise, must not overlap and must lie inside the rows.',
      });
    }
    for (let row = start; row < end; row++) {
      spans[2 * row] = start;
      spans[2 * row + 1] = end;
      places[row] = row - start;
    }
    done = end;
  }
}
