import type { Axis, Point } from './axis.ts';

/** Yields points to try and is told their scores, higher is better. It may end by itself. */
export type Trials = Generator<Point, void, number>;

/** A way to search. Adding one: a file in `strategies/` and a line in `strategies.ts`. */
export interface SearchStrategy {
  /** As documents write it. */
  readonly name: string;
  /** The same seed and scores give the same points. */
  readonly trials: (axes: readonly Axis[], seed: number) => Trials;
  /** How many points it has, of strategies whose points are known before the first score. */
  readonly size?: (axes: readonly Axis[]) => number;
}
