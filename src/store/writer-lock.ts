import { AppError } from '../core/errors.ts';

const WRITER_LOCK = 'mmgrid:writer';

export interface WriterLock {
  /** Aborts with AppError lock-lost when another tab takes the lock over. */
  readonly signal: AbortSignal;
  /** Gives the lock back; safe to call twice. */
  release(): void;
}

/**
 * Becomes the one writer of this origin's stores, or returns null while another tab is. The
 * browser frees the lock when a tab or worker dies. Where Web Locks are absent (insecure or old
 * contexts) everyone is a writer: the stores stay consistent, runs may only repeat work.
 * @param steal takes the lock from whoever holds it
 */
export function acquireWriterLock(steal = false, name = WRITER_LOCK): Promise<WriterLock | null> {
  const abort = new AbortController();
  if (typeof navigator === 'undefined' || !('locks' in navigator)) {
    return Promise.resolve({ signal: abort.signal, release: () => undefined });
  }
  const locks: LockManager = navigator.locks;
  return new Promise((resolve, reject) => {
    let held = false;
    const request = locks.request(name, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
      if (lock === null) {
        resolve(null);
        return undefined;
      }
      held = true;
      return new Promise<void>((release) => {
        resolve({ signal: abort.signal, release });
      });
    });
    request.catch((cause: unknown) => {
      if (held) abort.abort(lockLost(cause));
      else reject(lockLost(cause));
    });
  });
}

function lockLost(cause: unknown): AppError {
  return new AppError('lock-lost', 'Another tab of this app has taken over the storage.', {
    hint:
      'Finished jobs are kept, and are found there and here. Stop the run in the other tab, or let it ' +
      'finish, then run again to continue here.',
    cause,
  });
}
