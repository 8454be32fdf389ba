import type { StorageRemedies } from '../../../workers/lab/full-storage.ts';
import { toAppError } from '../../core/errors.ts';
import type { Fault } from '../../core/errors.ts';

/** An error as the page shows it: one message, what to do, the places; never a stack. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly faults: readonly Fault[];
  /** What the page can do about it. */
  readonly remedies?: StorageRemedies;
}

/** Any thrown value as what the page shows: no stack, no cause. */
export function problemOf(value: unknown): Problem {
  const { code, message, hint, faults, details } = toAppError(value);
  const problem = { code, message, hint, faults };
  // Of our own worker, which is of this build.
  return code === 'quota-exceeded' ? { ...problem, remedies: details } : problem;
}

/** A document that cannot run, with all its places. */
export function invalidDocument(faults: readonly Fault[]): Problem {
  return {
    code: 'experiment-invalid',
    message: 'The experiment document cannot run.',
    hint: 'Nothing was run and nothing was lost. Correct the places listed.',
    faults,
  };
}
