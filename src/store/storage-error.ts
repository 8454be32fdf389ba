import { AppError } from '../core/errors.ts';

/**
 * A failure of the database as an AppError. By name, not by class: a quota failure is a
 * DOMException in some browsers and a QuotaExceededError class of its own in newer ones.
 */
export function storageError(cause: unknown, doing: string): AppError {
  if (cause instanceof AppError) return cause;
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'QuotaExceededError') {
    return new AppError('quota-exceeded', `No storage left while ${doing}.`, {
      hint: 'Nothing half-written is kept. Export or delete checkpoints, then run again.',
      cause,
    });
  }
  if (name === 'VersionError') {
    return new AppError('version-mismatch', 'A newer version of this app wrote the storage.', {
      hint: 'Nothing was read or changed. Reload the page to get the newer version.',
      cause,
    });
  }
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new AppError('storage-unavailable', `The browser storage failed while ${doing}.`, {
    hint: 'Reload the page. In a private window storage may be switched off.',
    details: { reason },
    cause,
  });
}

/** A newer build wants the database: it was closed to let it in. */
export function givenUp(): AppError {
  return new AppError(
    'version-mismatch',
    'A newer version of this app was opened in another tab and has taken over the storage.',
    { hint: 'Finished jobs are kept there. Reload this page to continue with the newer version.' },
  );
}

/** The browser closed the database: it was deleted, with the data of this site say. */
export function cleared(): AppError {
  return new AppError('storage-unavailable', 'The storage of this app was deleted or closed.', {
    hint:
      'Somebody cleared the data of this site, or the browser gave them up. Run again: what is gone ' +
      'is made again, in a new storage.',
  });
}
