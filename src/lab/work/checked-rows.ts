import { AppError } from '../../core/errors.ts';
import { combineLeakage, rowLeakage, type LeakageReport } from '../../rec/rows/leakage.ts';
import {
  trainingRows,
  type TrainingRow,
  type TrainingRowOptions,
} from '../../rec/rows/training-rows.ts';
import type { DomainData, Period } from '../../rec/data/types.ts';

/**
 * Training rows of a period, checked against the raw timelines: a model that saw the future is
 * worse than none.
 * @errors data-invalid with the leaks found
 */
export function checkedRows(
  data: DomainData,
  period: Period,
  options: TrainingRowOptions,
): TrainingRow[] {
  const rows = trainingRows(data, period, options);
  refuseLeaks(combineLeakage([rowLeakage(data, period, rows)]));
  return rows;
}

/** @errors data-invalid with the leaks found */
export function refuseLeaks(report: LeakageReport): void {
  if (report.count === 0) return;
  throw new AppError(
    'data-invalid',
    `${String(report.count)} training rows hold interactions of the future.`,
    { hint: 'Nothing was trained on them. Check the dates of the stages.', faults: report.faults },
  );
}
