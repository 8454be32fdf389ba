import { describe, expect, test } from 'vitest';
import {
  coOccurrenceFeatures,
  positivePmi,
} from '../../../src/rec/semantic-ids/co-occurrence-features.ts';
import { dot, rowOf } from '../../../src/core/dense-matrix.ts';
import type { DenseMatrix } from '../../../src/core/dense-matrix.ts';
import { textFeatures, tfidf } from '../../../src/rec/semantic-ids/text-features.ts';
import { tinyData } from '../tiny-data.ts';

function cosine(features: DenseMatrix, a: number, b: number): number {
  return dot(rowOf(features, a), rowOf(features, b));
}

describe('tfidf', () => {
  test('weighs words by the documented formula', () => {
    const { matrix, words } = tfidf(['Red red lamp', 'Red Desk', 'LAMP-desk', 'lamp, rug']);
    expect(words).toEqual(['desk', 'lamp', 'red']); // "rug" stands in one title only
    const idf = (titles: number) => 1 + Math.log(5 / (1 + titles));
    const lamp = idf(3);
    const red = (1 + Math.log(2)) * idf(2);
    const length = Math.hypot(lamp, red);
    expect([...matrix.columnIndices.slice(0, 2)]).toEqual([1, 2]);
    expect(matrix.values[0]).toBeCloseTo(lamp / length, 12);
    expect(matrix.values[1]).toBeCloseTo(red / length, 12);
    expect([...matrix.rowStarts]).toEqual([0, 2, 4, 6, 7]);
  });

  test('splits words of any script', () => {
    const { words } = tfidf(['Écran 4K', 'écran 4k 電池', '電池']);
    expect(words).toEqual(['4k', 'écran', '電池']);
  });
});

describe('textFeatures', () => {
  const titles = ['oak desk lamp', 'oak desk', 'steel drill', 'steel drill bit', 'bit lamp', 'zzz'];

  test('places titles with common words near each other, on the unit sphere', () => {
    const features = textFeatures(titles, 3, 1);
    expect(cosine(features, 0, 1)).toBeGreaterThan(0.8);
    expect(cosine(features, 2, 3)).toBeGreaterThan(0.8);
    expect(Math.abs(cosine(features, 1, 2))).toBeLessThan(0.2);
    for (let item = 0; item < 5; item++) expect(cosine(features, item, item)).toBeCloseTo(1, 12);
  });

  test('a title with no common word is a zero row', () => {
    expect([...rowOf(textFeatures(titles, 3, 1), 5)].every((value) => value === 0)).toBe(true);
  });
});

describe('positivePmi', () => {
  test('is the logarithm of observed over expected, without negatives', () => {
    const counts = [
      new Map([
        [1, 8],
        [2, 2],
      ]),
      new Map([[0, 8]]),
      new Map([[0, 2]]),
    ];
    // total 20; count(0) = 10, count(1) = 8, count(2) = 2: both pairs hold ln 2.
    const pmi = positivePmi(counts);
    expect(pmi[0]?.get(1)).toBeCloseTo(Math.log(2), 12);
    expect(pmi[2]?.get(0)).toBeCloseTo(Math.log(2), 12);
    const spread = [
      new Map([[1, 1]]),
      new Map([
        [0, 1],
        [2, 9],
      ]),
      new Map([
        [1, 9],
        [3, 9],
      ]),
      new Map([[2, 9]]),
    ];
    // (1, 2): 9 * 38 / (10 * 18) > 1; (1, 0): 38 / 10 > 1; nothing at or below 1 is kept.
    expect(positivePmi([new Map([[0, 5]])])[0]?.size).toBe(0);
    expect(positivePmi(spread)[1]?.get(2)).toBeCloseTo(Math.log((9 * 38) / 180), 12);
  });
});

describe('coOccurrenceFeatures', () => {
  const late = [
    [4, 200],
    [0, 201],
    [4, 202],
    [0, 203],
  ] as const;
  const pair = (a: number, b: number) => [[a, 1], [b, 2], [a, 3], [b, 4]] as const; // oxfmt-ignore
  const data = tinyData([[...pair(0, 1), ...late], pair(0, 1), pair(2, 3), pair(2, 3)]);

  test('joins items of the same timelines and separates the others', () => {
    const features = coOccurrenceFeatures(data, 100, 2, 1);
    expect(Math.abs(cosine(features, 0, 2))).toBeLessThan(1e-6);
    expect(Math.abs(cosine(features, 0, 1))).toBeGreaterThan(0.99);
  });

  test('knows nothing of later interactions: an item first seen then is a zero row', () => {
    const features = coOccurrenceFeatures(data, 100, 2, 1);
    expect([...rowOf(features, 4)]).toEqual([0, 0]);
    const early = tinyData([pair(0, 1), pair(0, 1), pair(2, 3), [...pair(2, 3), [4, 300]]]);
    expect(coOccurrenceFeatures(early, 100, 2, 1).values).toEqual(features.values);
  });
});
