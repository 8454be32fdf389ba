import { AppError } from '../core/errors.ts';
import type { Fault } from '../core/errors.ts';
import type { Period, Schedule } from './types.ts';

const DAY_MS = 86_400_000;

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

/**
 * The same schedule with its last `days` days of training as the evaluation window "validation",
 * so that choices are made without looking at the test window.
 * @errors experiment-invalid when the last stage is not longer than that
 */
export function validationSchedule(schedule: Schedule, days: number): Schedule {
  checkSchedule(schedule);
  const last = schedule.stages.at(-1);
  const length = days * DAY_MS;
  if (last === undefined || !(length > 0) || last.endMs - length <= last.startMs) {
    throw new AppError(
      'experiment-invalid',
      `A validation window of ${String(days)} days does not fit into the last stage.`,
      { hint: 'Choose a window shorter than the last training stage.' },
    );
  }
  const cutMs = last.endMs - length;
  return {
    stages: [...schedule.stages.slice(0, -1), { ...last, endMs: cutMs }],
    test: { name: 'validation', startMs: cutMs, endMs: last.endMs },
  };
}
