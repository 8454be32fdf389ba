import { describe, expect, test } from 'vitest';
import { batches } from '../../../src/rec/rows/batches.ts';
import type { Batch } from '../../../src/rec/rows/batches.ts';
import type { TokenRow } from '../../../src/rec/rows/token-rows.ts';

/** Rows that differ in their first token. */
function rowsOf(lengths: readonly number[]): TokenRow[] {
  return lengths.map((length, index) => ({
    ids: [1000 + index, ...new Array<number>(length - 1).fill(5)],
    targets: [...new Array<number>(length - 1).fill(-100), 7],
  }));
}

function firstTokens({ B, T, ids }: Batch): number[] {
  return Array.from({ length: B }, (_, b) => ids[b * T] ?? -1);
}

const OPTIONS = { tokensPerBatch: 128, seed: 1, epoch: 0 };

describe('batches', () => {
  test('holds every row once, in the smallest bucket, padded and filled', () => {
    const all = batches(rowsOf([3, 32, 33, 64, 65, 5, 7, 9, 11]), OPTIONS);
    for (const batch of all) {
      expect(batch.B).toBe(Math.floor(128 / batch.T));
      expect(batch.ids).toHaveLength(batch.B * batch.T);
      expect(batch.targets).toHaveLength(batch.B * batch.T);
    }
    expect(all.map(({ T }) => T).sort((a, b) => a - b)).toEqual([16, 32, 64, 128]);
    const found = all.flatMap(firstTokens).filter((token) => token !== 0);
    expect(found.sort()).toEqual(Array.from({ length: 9 }, (_, k) => 1000 + k));
    const scored = all.flatMap(({ targets }) => [...targets].filter((target) => target !== -100));
    expect(scored).toEqual(new Array(9).fill(7));
  });

  test('pads with token 0 and ignored targets', () => {
    const [batch] = batches(rowsOf([2]), { ...OPTIONS, buckets: [4], tokensPerBatch: 9 });
    expect(batch).toEqual({
      B: 2,
      T: 4,
      ids: Int32Array.of(1000, 5, 0, 0, 0, 0, 0, 0),
      targets: Int32Array.of(-100, 7, -100, -100, -100, -100, -100, -100),
      segments: Uint32Array.of(0, 2),
      scoredLimit: 8,
    });
  });

  test('bound the scored positions of a shape, whatever the order', () => {
    const rows = rowsOf(Array.from({ length: 50 }, (_, k) => 20 + (k % 10)));
    const limits = [0, 1, 2].flatMap((epoch) =>
      batches(rows, { ...OPTIONS, tokensPerBatch: 320, epoch }).map(({ scoredLimit, targets }) => {
        const scored = targets.filter((target) => target !== -100).length;
        expect(scored).toBeLessThanOrEqual(scoredLimit);
        return scoredLimit;
      }),
    );
    // Ten rows a batch, one scored position a row, in steps of 8.
    expect(new Set(limits)).toEqual(new Set([16]));
  });

  test('order depends on seed and epoch only, their number on neither', () => {
    const rows = rowsOf(Array.from({ length: 60 }, (_, k) => 1 + k));
    const order = (seed: number, epoch: number) =>
      batches(rows, { ...OPTIONS, seed, epoch }).flatMap(firstTokens);
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
    expect(order(2, 5)).toHaveLength(order(1, 0).length);
  });

  test('refuses rows longer than the buckets, batches too small, and no rows', () => {
    const code = (rows: TokenRow[], tokensPerBatch: number) => {
      try {
        batches(rows, { ...OPTIONS, tokensPerBatch });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'none';
    };
    expect(code(rowsOf([257]), 1024)).toBe('limit-exceeded');
    expect(code(rowsOf([100]), 127)).toBe('limit-exceeded');
    expect(code([], 1024)).toBe('data-invalid');
    expect(code(rowsOf([256]), 256)).toBe('none');
  });
});
