import { AppError } from '../../src/core/errors.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import type { Inspection, InspectionPurpose } from '../lab/api.ts';
import type { HeadlessTask } from './headless-messages.ts';

/**
 * Whether what a limited run needs is there: the job in the plan and its inputs in the store, or
 * all results to collect.
 * @errors experiment-invalid, data-missing: the run is refused before anything is computed
 */
export function checkLimits(
  { jobs, finished }: Pick<Inspection & { ok: true }, 'jobs' | 'finished'>,
  { job: id, mayCompute = true }: RunLimits = {},
): void {
  const stored = new Set(finished);
  const job = jobs.find((other) => other.id === id);
  if (id !== undefined && job === undefined) {
    throw new AppError('experiment-invalid', `Job ${id} is not one of this plan.`, {
      hint:
        'The document, the data or the program changed since the plan was exported: export it ' +
        'again. Nothing was run.',
    });
  }
  const needed = job === undefined ? [] : job.inputs;
  const wanted = mayCompute ? needed : jobs.map((other) => other.id);
  const missing = wanted.filter((other) => !stored.has(other));
  if (missing.length === 0) return;
  const what = job === undefined ? 'The results of' : `"${job.title}" needs`;
  const of = missing.length === 1 ? 'a job' : `${missing.length} jobs`;
  throw new AppError('data-missing', `${what} ${of} that the store does not have.`, {
    hint: 'Nothing was run. Run these jobs first; one that failed says why in its own run.',
    faults: missing.map((other) => ({
      place: other,
      message: jobs.find((known) => known.id === other)?.title ?? 'unknown',
    })),
  });
}

/** What an inspection is for, where it is not a whole run on this machine. */
export function purposeOf({ isPlanOnly, limits }: HeadlessTask): InspectionPurpose {
  return {
    ...(isPlanOnly !== undefined && { isPlanOnly }),
    ...(limits?.job !== undefined && { job: limits.job }),
  };
}
