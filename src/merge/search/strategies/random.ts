import { RandomStream } from '../../../core/rng.ts';
import { snapped, type Axis } from '../axis.ts';
import type { SearchStrategy, Trials } from '../strategy.ts';

export const random = { name: 'random', trials: randomTrials } as const satisfies SearchStrategy;

/** Uniform draws; on their grid where axes have steps. */
function* randomTrials(axes: readonly Axis[], seed: number): Trials {
  const stream = new RandomStream(seed, 'search/random');
  for (;;) {
    yield axes.map((axis) =>
      snapped(axis, axis.from + stream.nextUniform() * (axis.to - axis.from)),
    );
  }
}
