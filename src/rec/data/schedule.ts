import { AppError } from '../../core/errors.ts';
import type { Fault } from '../../core/errors.ts';
import type { Period, Schedule } from './types.ts';

/**
 * Periods must be finite, not empty, named once, in time order and not overlapping; gaps between
 * them are allowed.
 * @errors experiment-invalid with every fault listed
 */
export function checkSchedule(schedule: Schedule): void {
  const faults: Fault[] = [];
  const periods = [...schedule.stages, schedule.test];
  const placeOf = (index: number) =>
    index < schedule.stages.length ? `stages[${String(index)}]` : 'test';
  if (schedule.stages.length === 0) {
    faults.push({ place: 'stages', message: 'at least one training stage is needed' });
  }
  const names = new Set<string>();
  periods.forEach((period, index) => {
    const place = placeOf(index);
    if (!Number.isFinite(period.startMs) || !Number.isFinite(period.endMs)) {
      faults.push({ place, message: `"${period.name}" has a start or end that is not a date` });
      return;
    }
    if (period.endMs <= period.startMs) {
      faults.push({ place, message: `"${period.name}" ends at or before its start` });
    }
    if (names.has(period.name)) {
      faults.push({ place, message: `the name "${period.name}" is used twice` });
    }
    names.add(period.name);
    const previous = periods[index - 1];
    if (previous !== undefined && period.startMs < previous.endMs) {
      faults.push({ place, message: `"${period.name}" starts before "${previous.name}" ends` });
    }
  });
  if (faults.length > 0) {
    throw new AppError('experiment-invalid', 'The periods of the experiment are not usable.', {
      hint: 'Give stages and test window in time order, as half-open dates that do not overlap.',
      faults,
    });
  }
}

/** True when startMs <= t < endMs. */
export function isWithin(period: Period, timeMs: number): boolean {
  return timeMs >= period.startMs && timeMs < period.endMs;
}
