import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { TokenSegments } from '../../../src/nn/inputs/token-segments.ts';
import {
  PIECE_LENGTH,
  segmentCapacity,
  WHOLE_SEGMENT,
} from '../../../src/nn/ops/embedding-gradient.ts';

/** Rows of each token as the pieces list them; checks slots and merges on the way. */
function rowsByToken({ positions, pieces, merges }: TokenSegments): Map<number, number[]> {
  const found = new Map<number, number[]>();
  const slots = new Map<number, number[]>();
  for (let i = 0; i < pieces.length; i += 4) {
    const [start = 0, end = 0, token = 0, slot = 0] = pieces.subarray(i, i + 4);
    if (start === end) continue;
    expect(end - start).toBeLessThanOrEqual(PIECE_LENGTH);
    expect(slot === WHOLE_SEGMENT && found.has(token), 'a whole segment is alone').toBe(false);
    found.set(token, [...(found.get(token) ?? []), ...positions.subarray(start, end)]);
    if (slot !== WHOLE_SEGMENT) slots.set(token, [...(slots.get(token) ?? []), slot]);
  }
  for (let i = 0; i < merges.length; i += 4) {
    const [token = 0, first = 0, end = 0] = merges.subarray(i, i + 4);
    if (first === end) continue;
    expect(slots.get(token)).toEqual(Array.from({ length: end - first }, (_, k) => first + k));
    slots.delete(token);
  }
  expect([...slots], 'slots nobody merges').toEqual([]);
  return found;
}

function spansOf(rows: number, isPadding: (row: number) => boolean): Uint32Array {
  return Uint32Array.from({ length: 2 * rows }, (_, i) =>
    i % 2 === 1 && !isPadding(i >> 1) ? rows : 0,
  );
}

describe('token segments', () => {
  it.each([
    [1, 1],
    [64, 1],
    [65, 1],
    [1000, 1],
    [1000, 3],
    [300, 40],
    [50, 5000],
  ])('hold each of %i rows once, over %i tokens', (rows, vocabulary) => {
    const segments = new TokenSegments(rows, vocabulary);
    // Twice, so that what an earlier batch left behind would be seen.
    for (const seed of [1, 2]) {
      const random = new RandomStream(seed, 'ids');
      const ids = Uint32Array.from({ length: rows }, () =>
        random.nextInt(2) === 0 ? vocabulary - 1 : random.nextInt(vocabulary),
      );
      const isPadding = (row: number) => row % 7 === 3;
      segments.fill(ids, spansOf(rows, isPadding));
      const want = new Map<number, number[]>();
      ids.forEach((id, row) => {
        if (!isPadding(row)) want.set(id, [...(want.get(id) ?? []), row]);
      });
      expect(rowsByToken(segments)).toEqual(want);
    }
  });

  it('fit their capacity at worst', () => {
    // Every token one over a piece: the most merges; all else one each: the most pieces.
    const rows = 65 * 3 + 4;
    const ids = Uint32Array.from({ length: rows }, (_, row) =>
      row < 195 ? Math.floor(row / 65) : row,
    );
    const segments = new TokenSegments(rows, rows);
    segments.fill(
      ids,
      spansOf(rows, () => false),
    );
    expect(rowsByToken(segments).size).toBe(7);
    expect(segmentCapacity(rows, rows)).toEqual({ pieces: 3 + rows, merges: 3, slots: 6 });
  });
});
