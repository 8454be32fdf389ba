import { describe, expect, it } from 'vitest';
import { gridValues, snapped, type Axis, type Point } from '../../../src/merge/search/axis.ts';
import { paretoFront } from '../../../src/merge/search/pareto.ts';
import {
  searchTrials,
  strategySize,
  type StrategyName,
} from '../../../src/merge/search/strategies.ts';

const axis = (key: string, from: number, to: number, step: number | null = null): Axis => ({
  key,
  from,
  to,
  step,
});

/** Runs a strategy on a score; best score so far after each trial. */
function search(
  name: StrategyName,
  axes: readonly Axis[],
  score: (point: Point) => number,
  budget: number,
  seed = 1,
) {
  const strategy = searchTrials(name, axes, seed);
  const points: Point[] = [];
  let best = -Infinity;
  let next = strategy.next();
  while (next.done !== true && points.length < budget) {
    points.push(next.value);
    const value = score(next.value);
    best = Math.max(best, value);
    next = strategy.next(value);
  }
  return { points, best, isEnded: next.done === true };
}

const sphere = (point: Point) => -point.reduce((sum, x) => sum + (x - 0.7) ** 2, 0);
const rosenbrock = (point: Point) =>
  -point
    .slice(1)
    .reduce(
      (sum, y, i) => sum + 100 * (y - (point[i] ?? 0) ** 2) ** 2 + (1 - (point[i] ?? 0)) ** 2,
      0,
    );

describe('axes', () => {
  it('offers 201 steps of the velocity from −0.5 to 0.5 without rounding noise', () => {
    const values = gridValues(axis('alpha', -0.5, 0.5, 0.005));
    expect(values).toHaveLength(201);
    expect(values.slice(0, 3)).toEqual([-0.5, -0.495, -0.49]);
    expect(values[100]).toBe(0);
    expect(Object.is(values[100], -0)).toBe(false);
    expect(values.at(-1)).toBe(0.5);
    expect(gridValues(axis('alpha', -0.5, 0.495, 0.005))).toHaveLength(200);
  });

  it('takes the nearest value of the grid, inside the bounds', () => {
    const one = axis('x', 0, 1, 0.3);
    expect([-5, 0.14, 0.16, 0.88, 7].map((value) => snapped(one, value))).toEqual([
      0, 0, 0.3, 0.9, 0.9,
    ]);
  });
});

describe('strategies', () => {
  it('goes through a whole grid once, the last axis fastest', () => {
    const axes = [axis('a', 0, 1, 1), axis('b', 0, 2, 1)];
    const { points, isEnded } = search('grid', axes, () => 0, 100);
    expect(points).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    expect(isEnded).toBe(true);
    expect(strategySize('grid', axes)).toBe(6);
    expect(strategySize('random', axes)).toBeNull();
  });

  it('draws the same random points for a seed, all over the range', () => {
    const axes = [axis('a', -1, 1), axis('b', 0, 1, 0.25)];
    const one = search('random', axes, () => 0, 200);
    expect(search('random', axes, () => 5, 200).points).toEqual(one.points);
    expect(search('random', axes, () => 0, 200, 2).points).not.toEqual(one.points);
    expect(new Set(one.points.map(([, b]) => b))).toEqual(new Set([0, 0.25, 0.5, 0.75, 1]));
    const mean = one.points.reduce((sum, [a = 0]) => sum + a, 0) / 200;
    expect(Math.abs(mean)).toBeLessThan(0.15);
  });

  it('climbs axis by axis, asks for no point twice and ends at the best one', () => {
    const axes = [axis('a', 0, 1, 0.1), axis('b', 0, 1, 0.1), axis('c', 0, 1, 0.1)];
    const { points, best, isEnded } = search('coordinate', axes, sphere, 1000);
    expect(isEnded).toBe(true);
    expect(best).toBeCloseTo(0, 12);
    expect(new Set(points.map(String)).size).toBe(points.length);
    expect(points.length).toBeLessThan(80);
  });

  it.each([1, 2, 3])('finds the top of a sphere with CMA-ES, seed %i', (seed) => {
    const axes = Array.from({ length: 6 }, (_, i) => axis(`x${String(i)}`, -1, 2));
    const { best } = search('cma-es', axes, sphere, 700, seed);
    expect(best).toBeGreaterThan(-1e-6);
    expect(search('cma-es', axes, sphere, 30, seed).points).toEqual(
      search('cma-es', axes, sphere, 30, seed).points,
    );
  });

  it.each([1, 2, 3])('follows the valley of Rosenbrock with CMA-ES, seed %i', (seed) => {
    const axes = Array.from({ length: 4 }, (_, i) => axis(`x${String(i)}`, -2, 2));
    const { best } = search('cma-es', axes, rosenbrock, 4000, seed);
    expect(best).toBeGreaterThan(-1e-6);
    const drawn = search('random', axes, rosenbrock, 4000, seed);
    expect(drawn.best).toBeLessThan(-0.1);
  });

  it('finds an optimum in the corner of the bounds with CMA-ES, of one axis too', () => {
    const corner = (point: Point) => point.reduce((sum, x) => sum + x, 0);
    const axes = [axis('a', 0, 1), axis('b', 0, 3)];
    const { best, points } = search('cma-es', axes, corner, 300);
    expect(best).toBeGreaterThan(3.99);
    expect(points.every(([a = 2, b = 4]) => a >= 0 && a <= 1 && b >= 0 && b <= 3)).toBe(true);
    expect(search('cma-es', [axis('a', -0.5, 0.5, 0.005)], sphere, 80).best).toBeCloseTo(-0.04, 9);
  });

  it('stays finite on a flat objective', () => {
    const { points } = search('cma-es', [axis('a', 0, 1), axis('b', 0, 1)], () => 1, 2000);
    expect(points.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('Pareto front', () => {
  it('keeps what nothing beats, the first of equal points', () => {
    const points = [
      [1, 5],
      [2, 4],
      [2, 4],
      [1, 4],
      [5, 1],
      [0, 0],
    ];
    expect(paretoFront(points)).toEqual([0, 1, 4]);
    expect(paretoFront([])).toEqual([]);
    expect(paretoFront([[3], [7], [7]])).toEqual([1]);
  });
});
