import { fdatasync } from 'node:fs';
import { promisify } from 'node:util';

const flush = promisify(fdatasync);

/** Bytes that have gathered when the disk is asked to take them. */
const STEP_BYTES = 64 * 2 ** 20;

/**
 * Has the disk take what was written of a file while the rest is still computed. A result is shown
 * only when it is on the disk; to wait for all of it at the end is a fifth of a linear merge.
 */
export class WriteBack {
  private readonly file: number;
  private bytes = 0;
  private pending: Promise<void> | null = null;
  private failure: unknown = null;

  constructor(file: number) {
    this.file = file;
  }

  /** So many bytes more have been written. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < STEP_BYTES || this.pending !== null) return;
    this.bytes = 0;
    this.pending = flush(this.file).then(
      () => {
        this.pending = null;
      },
      (error: unknown) => {
        this.pending = null;
        this.failure ??= error;
      },
    );
  }

  /** Before the file is closed. @throws what the system said, where the disk did not take it */
  async end(): Promise<void> {
    await this.pending;
    if (this.failure !== null) throw this.failure as Error;
  }
}
