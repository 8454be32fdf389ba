import { AppError } from '../../src/core/errors.ts';
import type { Fault } from '../../src/core/errors.ts';

const INPUT_CODES: readonly AppError['code'][] = [
  'experiment-invalid',
  'data-invalid',
  'data-missing',
];

/** True for what the user gave wrongly: the run is refused, it has not failed. */
export function isRefusal(code: AppError['code']): boolean {
  return INPUT_CODES.includes(code);
}

/** A document with faults of its own. */
export function wrongDocument(faults: readonly Fault[]): AppError {
  return new AppError('experiment-invalid', 'The experiment document is wrong.', {
    hint: 'Nothing was run. Correct the places listed and try again.',
    faults,
  });
}

/** A checkpoint is named for a document that does not start from one. */
export const NO_IMPORT: Fault = {
  place: 'base.source',
  message: 'must be import: --base names the checkpoint to start from.',
};

/** Data with which a document that is right by itself cannot run: either of them may have to change. */
export function wrongInput(faults: readonly Fault[]): AppError {
  return new AppError('data-invalid', 'The input is wrong: document and data do not fit.', {
    hint: 'Nothing was run. Correct the data or the places listed and try again.',
    faults,
  });
}

export function runInProgress(): AppError {
  return new AppError('invalid-argument', 'A run is in progress.', {
    hint: 'It continues. Stop it or wait for its end first.',
  });
}

export function engineTaken(): AppError {
  return new AppError('invalid-argument', 'The engine is changing or being measured.', {
    hint: 'Nothing was started. Try again in a few seconds.',
  });
}
