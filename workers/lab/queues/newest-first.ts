import { AppError } from '../../../src/core/errors.ts';

/** Work of one kind, one piece after the other; a newer one makes the one before stop and those that wait give up. */
export class NewestFirst {
  private readonly what: string;
  private newest = new AbortController();
  private last: Promise<unknown> = Promise.resolve();

  /** @param what is said to have been replaced: `probe` */
  constructor(what: string) {
    this.what = what;
  }

  /**
   * @param work is called when it is its turn; its signal throws the error of one that is replaced
   * @errors aborted, and those of the work
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.stop();
    this.newest = new AbortController();
    const { signal } = this.newest;
    const before = this.last;
    const turn = (async () => {
      await before.catch(() => undefined);
      signal.throwIfAborted();
      return work(signal);
    })();
    this.last = turn;
    return turn;
  }

  /** Stops everything and waits for it: the executor is needed for something else. */
  async end(): Promise<void> {
    this.stop();
    await this.last.catch(() => undefined);
  }

  private stop(): void {
    this.newest.abort(new AppError('aborted', `A newer ${this.what} replaced this one.`));
  }
}
