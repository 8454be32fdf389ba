import type { Executor } from '../../compute/executor.ts';

/** Counts the bytes of tensors that a merge holds, on the host and on the device, and the most. */
export class MemoryMeter {
  private readonly executor: Executor;
  private hostBytes = 0;
  private most = 0;
  /** Bytes that somebody else holds and counts, such as the lanes of ranges. */
  elsewhere: () => number = () => 0;

  constructor(executor: Executor) {
    this.executor = executor;
  }

  get peakBytes(): number {
    return this.most;
  }

  /** Counts an array while `use` runs. */
  async holding<T>(bytes: number, use: () => Promise<T>): Promise<T> {
    this.hostBytes += bytes;
    this.look();
    try {
      return await use();
    } finally {
      this.hostBytes -= bytes;
    }
  }

  /** Notes what is held now. */
  look(): void {
    const here = this.hostBytes + this.executor.memory().liveBytes;
    this.most = Math.max(this.most, here + this.elsewhere());
  }
}
