import { AppError } from '../../core/errors.ts';
import { checkSchedule } from '../data/schedule.ts';
import type { Period } from '../data/types.ts';
import type { BehaviourOptions } from './behaviour-types.ts';

/** Training windows of the click models in time order, and the test. */
export interface ClickWindows {
  readonly stages: readonly Period[];
  readonly test: Period;
}

/**
 * What the options demand of the periods, before any data are looked at.
 * @errors experiment-invalid
 */
export function checkWindows(options: BehaviourOptions): void {
  const { samples, stages, test, trainShare } = options;
  checkSchedule({ stages, test });
  const faultOf = (): string | null => {
    if (samples === 'all' && stages.length < 2) {
      return 'all needs at least two stages: the first is pretrained on, later ones give samples';
    }
    if (trainShare === null) return null;
    if (samples === 'all') return 'trainShare divides last interactions or impressions, not all';
    if (stages.length !== 1) return 'trainShare divides one stage from the test: give exactly one';
    return trainShare > 0 && trainShare < 1 ? null : 'trainShare must lie between 0 and 1';
  };
  const message = faultOf();
  if (message === null) return;
  throw new AppError('experiment-invalid', `These samples cannot be made: ${message}.`, {
    hint: 'Correct discriminative.samples, trainShare or the stages.',
    faults: [{ place: 'samples', message }],
  });
}

/**
 * Windows of the samples. With a `trainShare` q the stage ends and the test begins at the first time
 * above the q-quantile of the times between the start of the stage and the end of the test; the
 * quantile is the value of rank ⌊(n - 1) q⌋ (counted from 0), so that "up to it" equals numpy's.
 * @param times of all samples' lists, ms, in any order
 */
export function clickWindows(options: BehaviourOptions, times: readonly number[]): ClickWindows {
  const { samples, stages, test, trainShare } = options;
  const [stage] = stages;
  if (trainShare === null || stage === undefined) {
    return { stages: samples === 'all' ? stages.slice(1) : stages, test };
  }
  const sorted = Float64Array.from(
    times.filter((timeMs) => timeMs >= stage.startMs && timeMs < test.endMs),
  ).sort();
  const quantile = sorted[Math.floor((sorted.length - 1) * trainShare)];
  if (quantile === undefined) return { stages, test };
  // Times are whole ms, but nothing guarantees it: the next one that exists is the border.
  const next = sorted.findIndex((timeMs) => timeMs > quantile);
  const borderMs = next < 0 ? test.endMs : (sorted[next] ?? test.endMs);
  return { stages: [{ ...stage, endMs: borderMs }], test: { ...test, startMs: borderMs } };
}
