import type { SemanticIds } from '../data/types.ts';
import { rowOf } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';

/**
 * Makes ids unique the way the paper's code does. Items that share all codes but the last are
 * walked in item order; each takes the last-level code not yet used in its group whose centroid is
 * nearest (L2) to that of its own code, its own first, the lower code among equals. When the whole
 * level is used up an item keeps its own code and the collision stays.
 */
export function repairCollisions(
  codes: Uint16Array,
  levels: number,
  lastCentroids: DenseMatrix,
): SemanticIds {
  const codesPerLevel = lastCentroids.rows;
  const repairedCodes = codes.slice();
  const usedByPrefix = new Map<string, Set<number>>();
  const neighbours = new Map<number, number[]>();
  const nearestFirst = (own: number) => {
    const known = neighbours.get(own) ?? codesByDistance(lastCentroids, own);
    neighbours.set(own, known);
    return known;
  };
  let repaired = 0;
  for (let item = 0; item < codes.length / levels; item++) {
    const last = item * levels + levels - 1;
    const prefix = codes.subarray(item * levels, last).join();
    const used = usedByPrefix.get(prefix) ?? new Set<number>();
    usedByPrefix.set(prefix, used);
    const own = codes[last] ?? 0;
    const code = used.has(own)
      ? (nearestFirst(own).find((candidate) => !used.has(candidate)) ?? own)
      : own;
    used.add(code);
    if (code !== own) repaired++;
    repairedCodes[last] = code;
  }
  const collisions = countCollisions(repairedCodes, levels);
  return { levels, codesPerLevel, codes: repairedCodes, collisions, repaired };
}

function codesByDistance(centroids: DenseMatrix, own: number): number[] {
  const middle = rowOf(centroids, own);
  const distances = Array.from({ length: centroids.rows }, (_, code) =>
    code === own
      ? -1
      : rowOf(centroids, code).reduce((sum, value, k) => sum + (value - (middle[k] ?? 0)) ** 2, 0),
  );
  return distances
    .map((_, code) => code)
    .sort((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0) || a - b);
}

/** Items whose whole code is shared with another item. */
export function countCollisions(codes: Uint16Array, levels: number): number {
  const owners = new Map<string, number>();
  for (let start = 0; start < codes.length; start += levels) {
    const id = codes.subarray(start, start + levels).join();
    owners.set(id, (owners.get(id) ?? 0) + 1);
  }
  return [...owners.values()].reduce((sum, count) => (count > 1 ? sum + count : sum), 0);
}
