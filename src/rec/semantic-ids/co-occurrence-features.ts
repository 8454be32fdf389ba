import { countCoOccurrence } from '../data/co-occurrence.ts';
import type { CoOccurrence } from '../data/co-occurrence.ts';
import type { DomainData } from '../data/types.ts';
import { normalizeRows } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { randomizedSvd } from './randomized-svd.ts';
import { sparseFromMaps } from './sparse-matrix.ts';

const WINDOW = 5;

/**
 * Item features from who is bought near whom before `beforeMs` (the end of the first stage, so that
 * ids know nothing of the periods that are evaluated): positive pointwise mutual information of
 * pairs at distance d <= 5 weighted 1 / d, the diagonal the row's largest value, reduced
 * by randomized SVD, rows of unit length. Without the diagonal only items with the same neighbours
 * would be alike, not items that are each other's neighbours. An item not seen before that time is
 * a zero row.
 */
export function coOccurrenceFeatures(
  data: DomainData,
  beforeMs: number,
  dimensions: number,
  seed: number,
): DenseMatrix {
  const counts = countCoOccurrence(data, { beforeMs, window: WINDOW, backward: 1 });
  const rows = positivePmi(counts);
  rows.forEach((row, item) => {
    if (row.size > 0) row.set(item, Math.max(...row.values()));
  });
  const matrix = sparseFromMaps(rows, counts.length);
  return normalizeRows(randomizedSvd(matrix, dimensions, seed).scores);
}

/** max(0, ln(count(i, j) * total / (count(i) * count(j)))); zeros are left out. */
export function positivePmi(counts: CoOccurrence): Map<number, number>[] {
  const sums = counts.map((row) => [...row.values()].reduce((sum, count) => sum + count, 0));
  const total = sums.reduce((sum, count) => sum + count, 0);
  return counts.map((row, item) => {
    const information = new Map<number, number>();
    for (const [other, count] of row) {
      const pmi = Math.log((count * total) / ((sums[item] ?? 0) * (sums[other] ?? 0)));
      if (pmi > 0) information.set(other, pmi);
    }
    return information;
  });
}
