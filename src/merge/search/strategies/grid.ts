import { gridValues, type Axis } from '../axis.ts';
import type { SearchStrategy, Trials } from '../strategy.ts';

export const grid = {
  name: 'grid',
  trials: gridTrials,
  size: gridSize,
} as const satisfies SearchStrategy;

function gridSize(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * gridValues(axis).length, 1);
}

/** All points of the grid, the last axis fastest. */
function* gridTrials(axes: readonly Axis[]): Trials {
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
