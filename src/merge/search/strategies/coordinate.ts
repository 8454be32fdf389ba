import { gridValues, type Axis } from '../axis.ts';
import type { SearchStrategy, Trials } from '../strategy.ts';

export const coordinate = {
  name: 'coordinate',
  trials: coordinateTrials,
} as const satisfies SearchStrategy;

/**
 * Coordinate ascent: from the middle it tries all grid values of one axis, goes to the best, takes
 * the next axis, and ends when a whole round has changed nothing. No point is asked for twice.
 */
function* coordinateTrials(axes: readonly Axis[]): Trials {
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
