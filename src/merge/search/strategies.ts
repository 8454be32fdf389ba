import { AppError } from '../../core/errors.ts';
import type { Axis } from './axis.ts';
import { cmaEs } from './strategies/cma-es.ts';
import { coordinate } from './strategies/coordinate.ts';
import { grid } from './strategies/grid.ts';
import { random } from './strategies/random.ts';
import type { SearchStrategy, Trials } from './strategy.ts';

/** All strategies, in the order in which messages name them. */
const ALL = [grid, random, coordinate, cmaEs] as const;

export type StrategyName = (typeof ALL)[number]['name'];

export const STRATEGIES: readonly StrategyName[] = ALL.map(({ name }) => name);

/** The points of the strategy of this name; the same seed and scores give the same points. */
export function searchTrials(name: StrategyName, axes: readonly Axis[], seed: number): Trials {
  return strategyOf(name).trials(axes, seed);
}

/** How many points the strategy has by itself; null where it goes on, or depends on scores. */
export function strategySize(name: StrategyName, axes: readonly Axis[]): number | null {
  return strategyOf(name).size?.(axes) ?? null;
}

function strategyOf(name: StrategyName): SearchStrategy {
  const strategy = ALL.find((candidate) => candidate.name === name);
  if (strategy === undefined) throw new AppError('internal', `There is no strategy "${name}".`);
  return strategy;
}
