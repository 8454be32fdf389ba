import { RandomStream } from '../../core/rng.ts';
import { gridValues, snapped, type Axis, type Point } from './axis.ts';
import { cmaEs } from './cma-es.ts';

export const STRATEGIES = ['grid', 'random', 'coordinate', 'cma-es'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** Yields points to try and is told their scores, higher is better. It may end by itself. */
export type Strategy = Generator<Point, void, number>;

/** The strategy of this name; the same seed and scores give the same points. */
export function strategyOf(name: StrategyName, axes: readonly Axis[], seed: number): Strategy {
  switch (name) {
    case 'grid':
      return grid(axes);
    case 'random':
      return random(axes, seed);
    case 'coordinate':
      return coordinate(axes);
    case 'cma-es':
      return cmaEs(axes, seed);
  }
}

/** How many points a grid has. */
export function gridSize(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * gridValues(axis).length, 1);
}

/** All points of the grid, the last axis fastest. */
function* grid(axes: readonly Axis[]): Strategy {
  const values = axes.map(gridValues);
  const size = gridSize(axes);
  for (let index = 0; index < size; index++) {
    let rest = index;
    const point = values.toReversed().map((own) => {
      const value = own[rest % own.length] ?? 0;
      rest = Math.floor(rest / own.length);
      return value;
    });
    yield point.reverse();
  }
}

/** Uniform draws; on their grid where axes have steps. */
function* random(axes: readonly Axis[], seed: number): Strategy {
  const stream = new RandomStream(seed, 'search/random');
  for (;;) {
    yield axes.map((axis) =>
      snapped(axis, axis.from + stream.nextUniform() * (axis.to - axis.from)),
    );
  }
}

/**
 * Coordinate ascent: from the middle it tries all grid values of one axis, goes to the best, takes
 * the next axis, and ends when a whole round has changed nothing. No point is asked for twice.
 */
function* coordinate(axes: readonly Axis[]): Strategy {
  const values = axes.map(gridValues);
  const known = new Map<string, number>();
  let best = values.map((own) => own[Math.floor((own.length - 1) / 2)] ?? 0);
  const first = yield best;
  known.set(best.join(), first);
  let bestScore = first;
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    for (const [axis, own] of values.entries()) {
      for (const value of own) {
        const point = best.with(axis, value);
        const score = known.get(point.join()) ?? (yield point);
        known.set(point.join(), score);
        if (score <= bestScore) continue;
        bestScore = score;
        best = point;
        hasMoved = true;
      }
    }
  }
}
