import type { AppError } from '../../src/core/errors.ts';

/** Tells everyone who waits on a worker that it is gone; a call on a dead worker never settles. */
export class DeathWatch {
  private readonly listeners = new Set<(error: AppError) => void>();
  private cause: AppError | null = null;

  get error(): AppError | null {
    return this.cause;
  }

  /** Only the first cause counts. */
  report(error: AppError): void {
    if (this.cause !== null) return;
    this.cause = error;
    for (const listener of [...this.listeners]) listener(error);
    this.listeners.clear();
  }

  /** Calls back on death, at once if it has happened; the returned function unsubscribes. */
  onDeath(listener: (error: AppError) => void): () => void {
    if (this.cause !== null) listener(this.cause);
    else this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/**
 * The same remote object, whose calls reject with the death's error instead of waiting for ever.
 * @param remote a comlink remote; members are called as methods, as ours all are
 */
export function guardRemote<Remote extends object>(remote: Remote, watch: DeathWatch): Remote {
  return new Proxy(remote, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      // comlink's own symbols (releaseProxy) are no calls to the worker; a remote is no promise.
      if (typeof key === 'symbol' || key === 'then' || typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          const unsubscribe = watch.onDeath(reject);
          if (watch.error !== null) return;
          Promise.resolve(Reflect.apply(member, undefined, args) as unknown)
            .then(resolve, reject)
            .finally(unsubscribe);
        });
    },
  });
}
