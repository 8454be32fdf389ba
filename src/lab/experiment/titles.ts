import type { Period } from '../../rec/data/types.ts';
import type { Experiment } from './experiment-types.ts';

/** ` (seed 2)` where an experiment has several seeds, else nothing: short names stay short. */
export function seedSuffix(experiment: Experiment, seed: number): string {
  return experiment.seeds.length > 1 ? ` (seed ${String(seed)})` : '';
}

/** Only what decides a result: a stage also carries training settings, which enter ids elsewhere. */
export function period({ name, startMs, endMs }: Period): Period {
  return { name, startMs, endMs };
}
