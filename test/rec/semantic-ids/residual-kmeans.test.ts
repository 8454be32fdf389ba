import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { rowOf, zeros } from '../../../src/core/dense-matrix.ts';
import type { DenseMatrix } from '../../../src/core/dense-matrix.ts';
import { kMeans } from '../../../src/rec/semantic-ids/k-means.ts';
import { residualKMeans } from '../../../src/rec/semantic-ids/residual-kmeans.ts';

function randomPoints(rows: number, columns: number, seed = 1): DenseMatrix {
  const stream = new RandomStream(seed, 'k-means-test');
  const points = zeros(rows, columns);
  points.values.forEach((_, index) => (points.values[index] = stream.nextNormal()));
  return points;
}

/** Points around the corners of a large square, `each` per corner. */
function fourBlobs(each: number): DenseMatrix {
  const points = randomPoints(4 * each, 2);
  points.values.forEach((noise, index) => {
    const corner = Math.floor(index / 2 / each);
    const centre = index % 2 === 0 ? corner % 2 : Math.floor(corner / 2);
    points.values[index] = 100 * centre + noise;
  });
  return points;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + (value - (b[k] ?? 0)) ** 2, 0);
}

function inertia(points: DenseMatrix, { centroids, assignment }: ReturnType<typeof kMeans>) {
  return assignment.reduce(
    (sum, cluster, point) => sum + squaredDistance(rowOf(points, point), rowOf(centroids, cluster)),
    0,
  );
}

describe('kMeans', () => {
  const stream = () => new RandomStream(7, 'stream');

  test('separates well-separated groups whatever the seed', () => {
    const points = fourBlobs(25);
    for (let seed = 0; seed < 10; seed++) {
      const { assignment } = kMeans(points, 4, 10, new RandomStream(seed, 'stream'));
      const groups = [0, 1, 2, 3].map(
        (corner) => new Set(assignment.slice(25 * corner, 25 * corner + 25)),
      );
      expect(groups.map(({ size }) => size)).toEqual([1, 1, 1, 1]);
      expect(new Set(groups.flatMap((group) => [...group])).size).toBe(4);
    }
  });

  test.each([1, 3, 12])('gives every point its truly nearest centroid after %d steps', (steps) => {
    const points = randomPoints(300, 9);
    const { centroids, assignment } = kMeans(points, 40, steps, stream());
    assignment.forEach((cluster, point) => {
      const distances = Array.from({ length: 40 }, (_, other) =>
        squaredDistance(rowOf(points, point), rowOf(centroids, other)),
      );
      expect(distances[cluster]).toBeLessThanOrEqual(Math.min(...distances) + 1e-12);
    });
  });

  test('equals plain Lloyd steps without bounds', () => {
    const points = randomPoints(200, 5);
    const [before, after] = [3, 4].map((steps) => kMeans(points, 12, steps, stream()));
    if (before === undefined || after === undefined) throw new Error('no result');
    const sums = zeros(12, 5);
    const sizes = new Array<number>(12).fill(0);
    before.assignment.forEach((cluster, point) => {
      sizes[cluster] = (sizes[cluster] ?? 0) + 1;
      rowOf(points, point).forEach((value, k) => {
        sums.values[cluster * 5 + k] = (sums.values[cluster * 5 + k] ?? 0) + value;
      });
    });
    after.centroids.values.forEach((value, index) => {
      const size = sizes[Math.floor(index / 5)] ?? 0;
      expect(value).toBeCloseTo((sums.values[index] ?? 0) / size, 12);
    });
  });

  test('never gets worse with more iterations', () => {
    const points = randomPoints(250, 6);
    const errors = [0, 1, 2, 5, 10, 20].map((steps) =>
      inertia(points, kMeans(points, 16, steps, stream())),
    );
    errors.slice(1).forEach((error, k) => {
      expect(error).toBeLessThanOrEqual((errors[k] ?? 0) + 1e-9);
    });
    expect(errors.at(-1)).toBeLessThan(0.95 * (errors[0] ?? 0));
  });

  test('every cluster is used while there are enough different points', () => {
    const points = randomPoints(64, 3);
    const { assignment } = kMeans(points, 32, 10, stream());
    expect(new Set(assignment).size).toBe(32);
  });

  test('stands equal points', () => {
    const points = { rows: 10, columns: 2, values: new Float64Array(20).fill(3) };
    const { centroids, assignment } = kMeans(points, 4, 5, stream());
    expect([...centroids.values].every((value) => value === 3)).toBe(true);
    expect([...assignment]).toEqual(new Array(10).fill(0));
  });
});

describe('residualKMeans', () => {
  const options = { levels: 3, codesPerLevel: 8, seed: 1 };

  test('each level reduces what is left, and codes add up to the features', () => {
    const features = randomPoints(400, 6);
    const { codes, centroids } = residualKMeans(features, options);
    const errors = [1, 2, 3].map((levels) => {
      let error = 0;
      for (let item = 0; item < 400; item++) {
        const left = rowOf(features, item).slice();
        for (let level = 0; level < levels; level++) {
          const centroid = centroids[level];
          if (centroid === undefined) throw new Error('no level');
          rowOf(centroid, codes[item * 3 + level] ?? 0).forEach((value, k) => {
            left[k] = (left[k] ?? 0) - value;
          });
        }
        error += left.reduce((sum, value) => sum + value * value, 0);
      }
      return error;
    });
    const total = features.values.reduce((sum, value) => sum + value * value, 0);
    [total, ...errors].slice(0, 3).forEach((before, level) => {
      expect(errors[level]).toBeLessThan(0.8 * before);
    });
  });

  test('is deterministic in its seed', () => {
    const features = randomPoints(100, 4);
    const codes = (seed: number) => residualKMeans(features, { ...options, seed }).codes;
    expect(codes(1)).toEqual(codes(1));
    expect(codes(1)).not.toEqual(codes(2));
  });

  test('does not change the features', () => {
    const features = randomPoints(50, 4);
    const before = features.values.slice();
    residualKMeans(features, options);
    expect(features.values).toEqual(before);
  });

  test.each([
    [5, { levels: 3, codesPerLevel: 8 }, '5 items'],
    [100, { levels: 2, codesPerLevel: 8 }, 'cannot tell 100 items apart'],
  ])('refuses %d items under %j', (items, shape, message) => {
    expect(() => residualKMeans(randomPoints(items, 2), { ...shape, seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        message: expect.stringContaining(message) as string,
      }),
    );
  });
});
