import type { SemanticIds } from '../data/types.ts';
import { rowOf } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';
import { FreePlaces } from './free-place.ts';
import type { NearestFirst } from './free-place.ts';

/**
 * Makes ids unique the way the paper's code does. Items that share all codes but the last are
 * walked in item order; each takes the last-level code not yet used in its group whose centroid is
 * nearest (L2) to that of its own code, its own first, the lower code among equals. The paper's code
 * leaves an item that finds the whole level used up with the id of another, out of reach for beam
 * search; here it then moves to the nearest prefix that has a free code, after all others have
 * theirs. Only where there are more items than ids a collision stays.
 * @param earlierCentroids of the levels before the last; without them codes are near by number
 */
export function repairCollisions(
  codes: Uint16Array,
  levels: number,
  lastCentroids: DenseMatrix,
  earlierCentroids: readonly DenseMatrix[] = [],
): SemanticIds {
  const codesPerLevel = lastCentroids.rows;
  const repairedCodes = codes.slice();
  const usedByPrefix = new Map<string, Set<number>>();
  const known = new Map<number, readonly number[]>();
  const centroidsOf = (level: number) =>
    level === levels - 1 ? lastCentroids : (earlierCentroids[level] ?? onLine(codesPerLevel));
  const nearestFirst = (level: number, own: number) => {
    const key = level * codesPerLevel + own;
    const near = known.get(key) ?? codesByDistance(centroidsOf(level), own);
    known.set(key, near);
    return near;
  };
  let repaired = 0;
  const crowded: number[] = [];
  for (let item = 0; item < codes.length / levels; item++) {
    const last = item * levels + levels - 1;
    const prefix = codes.subarray(item * levels, last).join();
    const used = usedByPrefix.get(prefix) ?? new Set<number>();
    usedByPrefix.set(prefix, used);
    const own = codes[last] ?? 0;
    const code = used.has(own)
      ? nearestFirst(levels - 1, own).find((candidate) => !used.has(candidate))
      : own;
    if (code === undefined) {
      crowded.push(item);
      continue;
    }
    used.add(code);
    if (code !== own) repaired++;
    repairedCodes[last] = code;
  }
  const moved = moveCrowded(repairedCodes, levels, codesPerLevel, crowded, nearestFirst);
  repaired += moved.reduce((sum, count) => sum + count, 0);
  const collisions = countCollisions(repairedCodes, levels);
  return {
    levels,
    codesPerLevel,
    codes: repairedCodes,
    collisions,
    repaired,
    ...(crowded.length > 0 && { moved }),
  };
}

/**
 * Moves items whose last level is used up to free ids near their own.
 * @returns how many were moved, by the first level at which their id changed
 */
function moveCrowded(
  codes: Uint16Array,
  levels: number,
  codesPerLevel: number,
  crowded: readonly number[],
  nearestFirst: NearestFirst,
): number[] {
  const moved = Array.from({ length: levels }, () => 0);
  if (crowded.length === 0) return moved;
  const idOf = (item: number) => [...codes.subarray(item * levels, (item + 1) * levels)];
  const places = new FreePlaces(levels, codesPerLevel);
  const waiting = new Set(crowded);
  for (let item = 0; item < codes.length / levels; item++) {
    if (!waiting.has(item)) places.take(idOf(item));
  }
  for (const item of crowded) {
    const own = idOf(item);
    const id = places.nearest(own, nearestFirst);
    if (id === null) break;
    places.take(id);
    codes.set(id, item * levels);
    const level = id.findIndex((code, at) => code !== own[at]);
    moved[level] = (moved[level] ?? 0) + 1;
  }
  return moved;
}

function onLine(codes: number): DenseMatrix {
  return {
    rows: codes,
    columns: 1,
    values: Float64Array.from({ length: codes }, (_, code) => code),
  };
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
