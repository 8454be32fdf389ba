import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { barrierHeight, checkpointPlane, planeGrid } from '../../../src/merge/analysis/plane.ts';
import { singularValues } from '../../../src/merge/analysis/singular-values.ts';

describe('checkpointPlane', () => {
  const [a, b, c] = [
    [1, 0, 2],
    [1, 4, 2],
    [1, 1, 5],
  ];
  const minus = (left: number[] = [], right: number[] = []) =>
    left.map((value, i) => value - (right[i] ?? 0));
  const dot = (left: number[], right: number[]) =>
    left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
  const [ab, ac] = [minus(b, a), minus(c, a)];
  const plane = checkpointPlane([dot(ab, ab), dot(ab, ac), dot(ac, ac)]);
  const at = (x: number, y: number) => {
    const weights = plane.weightsAt({ x, y });
    return [0, 1, 2].map((i) =>
      [a, b, c].reduce((sum, point, k) => sum + (weights[k] ?? 0) * (point?.[i] ?? 0), 0),
    );
  };

  it('puts the checkpoints where they are, and keeps distances', () => {
    expect(plane.corners).toEqual([
      { x: 0, y: 0 },
      { x: 4, y: 0 },
      { x: 1, y: 3 },
    ]);
    [a, b, c].forEach((point, k) => {
      const { x = NaN, y = NaN } = plane.corners[k] ?? {};
      expect(at(x, y)).toEqual(point?.map((value): unknown => expect.closeTo(value, 12)));
    });
    const step = minus(at(2.5, -1), at(-0.5, 3));
    expect(Math.sqrt(dot(step, step))).toBeCloseTo(5, 12);
  });

  it('refuses points on a line', () => {
    expect(() => checkpointPlane([4, 6, 9])).toThrow(/lie on a line/);
    expect(() => checkpointPlane([0, 0, 9])).toThrow(/lie on a line/);
  });

  it('spans the corners and a margin', () => {
    const { xs, ys } = planeGrid(plane, 3, 0.5);
    expect(xs).toEqual([-2, 2, 6]);
    expect(ys).toEqual([-1.5, 1.5, 4.5]);
  });
});

it('measures a barrier against the line between the ends', () => {
  expect(barrierHeight([1, 2.5, 3])).toBeCloseTo(0.5, 12);
  expect(barrierHeight([3, 1, 1])).toBe(0);
  expect(barrierHeight([1])).toBe(0);
});

describe('singularValues', () => {
  it('finds those of a product with known ones', () => {
    // Rotations on both sides of diag(3, 2): 2 x 3 with a zero column.
    const [s, t] = [Math.sin(0.7), Math.cos(0.7)];
    const left = [
      [t, -s],
      [s, t],
    ];
    const [p, q] = [Math.sin(1.1), Math.cos(1.1)];
    const right = [
      [q, -p, 0],
      [p, q, 0],
    ];
    const matrix = left.flatMap((row) =>
      [0, 1, 2].map(
        (j) => (row[0] ?? 0) * 3 * (right[0]?.[j] ?? 0) + (row[1] ?? 0) * 2 * (right[1]?.[j] ?? 0),
      ),
    );
    expect([...singularValues(matrix, 2, 3)]).toEqual(
      [3, 2].map((v): unknown => expect.closeTo(v, 12)),
    );
    const turned = [0, 1, 2].flatMap((j) => [matrix[j] ?? 0, matrix[3 + j] ?? 0]);
    expect([...singularValues(turned, 3, 2)]).toEqual(
      [3, 2].map((v): unknown => expect.closeTo(v, 12)),
    );
  });

  it('keeps the Frobenius norm and finds rank one', () => {
    const random = new RandomStream(5, 'matrix');
    const [u, v] = [17, 40].map((n) => Array.from({ length: n }, () => random.nextNormal()));
    const one = (u ?? []).flatMap((x) => (v ?? []).map((y) => x * y));
    const [first = 0, second = 1] = singularValues(one, 17, 40);
    expect(second / first).toBeLessThan(1e-10);
    const full = Array.from({ length: 17 * 40 }, () => random.nextNormal());
    const squares = [...singularValues(full, 17, 40)].reduce((sum, s) => sum + s * s, 0);
    expect(squares).toBeCloseTo(
      full.reduce((sum, x) => sum + x * x, 0),
      8,
    );
    expect([...singularValues(new Float32Array(6), 2, 3)]).toEqual([0, 0]);
  });
});
