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
    return new AppError('storage-unavailable', 'A newer version of this app wrote the storage.', {
      hint: 'Reload the page to get the newer version; the stored data are safe.',
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
