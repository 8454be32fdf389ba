import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { dot, rowOf } from '../../../src/core/dense-matrix.ts';
import { randomizedSvd } from '../../../src/rec/semantic-ids/randomized-svd.ts';
import { sparseFromMaps } from '../../../src/rec/semantic-ids/sparse-matrix.ts';

/** Dense rows as a sparse matrix. */
function sparse(rows: readonly (readonly number[])[]) {
  return sparseFromMaps(
    rows.map((row) => new Map(row.flatMap((value, k) => (value === 0 ? [] : [[k, value]])))),
    rows[0]?.length ?? 0,
  );
}

/** Sum of k outer products of random vectors with the given strengths. */
function lowRank(rows: number, columns: number, strengths: readonly number[]) {
  const stream = new RandomStream(4, 'svd-test');
  const values = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (const strength of strengths) {
    const left = Array.from({ length: rows }, () => stream.nextNormal());
    const right = Array.from({ length: columns }, () => stream.nextNormal());
    values.forEach((row, r) => {
      row.forEach((_, c) => (row[c] = (row[c] ?? 0) + strength * (left[r] ?? 0) * (right[c] ?? 0)));
    });
  }
  return values;
}

describe('randomizedSvd', () => {
  test('finds the singular values of a diagonal matrix', () => {
    const size = 40;
    const diagonal = Array.from({ length: size }, (_, r) =>
      Array.from({ length: size }, (_c, c) => (r === c ? 2 ** -r : 0)),
    );
    const { singularValues } = randomizedSvd(sparse(diagonal), 6, 1);
    singularValues.forEach((value, k) => {
      expect(Math.abs(value - 2 ** -k)).toBeLessThan(1e-6 * 2 ** -k);
    });
  });

  test('keeps every inner product between rows of a matrix of low rank', () => {
    const rows = lowRank(60, 45, [5, 3, 1]);
    const { scores, singularValues } = randomizedSvd(sparse(rows), 5, 1);
    expect(singularValues[3]).toBeLessThan(1e-5);
    for (let a = 0; a < rows.length; a += 7) {
      for (let b = 0; b < rows.length; b += 5) {
        const exact = dot(Float64Array.from(rows[a] ?? []), Float64Array.from(rows[b] ?? []));
        expect(dot(rowOf(scores, a), rowOf(scores, b))).toBeCloseTo(exact, 6);
      }
    }
  });

  test('is deterministic, and its seed moves nothing that is well determined', () => {
    const matrix = sparse(lowRank(50, 30, [4, 2, 1, 0.5]));
    const first = randomizedSvd(matrix, 3, 1);
    expect(randomizedSvd(matrix, 3, 1)).toEqual(first);
    const other = randomizedSvd(matrix, 3, 2).singularValues;
    other.forEach((value, k) => {
      expect(value / (first.singularValues[k] ?? 0)).toBeCloseTo(1, 6);
    });
  });

  test('a small matrix has zeros in the dimensions it does not have', () => {
    const matrix = sparse([
      [3, 0],
      [0, 0],
      [0, 4],
    ]);
    const { scores, singularValues } = randomizedSvd(matrix, 5, 1);
    [4, 3, 0, 0, 0].forEach((value, k) => {
      expect(singularValues[k]).toBeCloseTo(value, 9);
    });
    expect([...rowOf(scores, 1)].map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
    expect([...scores.values].every(Number.isFinite)).toBe(true);
  });

  test('a matrix without entries gives zeros', () => {
    const { scores } = randomizedSvd(sparseFromMaps([new Map(), new Map()], 0), 3, 1);
    expect([...scores.values]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('refuses 0 dimensions', () => {
    expect(() => randomizedSvd(sparse([[1]]), 0, 1)).toThrow('0 dimensions');
  });
});
