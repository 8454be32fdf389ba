/** Most milliseconds of work that an interruption loses, as long as a snapshot is cheap. */
export const MOST_LOST_MS = 10_000;
/** Times as long as the newest snapshot took that nothing is kept: they cost a tenth at most. */
const WORK_PER_SNAPSHOT = 9;

/**
 * When a training leaves a snapshot: before the step that would make it ten seconds of work since the
 * one before. Only the time of snapshots depends on this clock, never what they hold.
 */
export class SnapshotClock {
  private readonly now: () => number;
  private since: number;
  private last: number;
  /** Of the two newest steps, as the shorter one: the end of an epoch is no step. */
  private gap = 0;
  private interval = MOST_LOST_MS;

  /** @param now milliseconds; may jump */
  constructor(now: () => number) {
    this.now = now;
    this.since = this.last = now();
  }

  /** Asked after every step. */
  isDue(): boolean {
    const now = this.now();
    // A clock that was put back counts from there.
    if (now < this.since) this.since = now;
    const gap = Math.max(0, now - this.last);
    const step = Math.min(gap, this.gap);
    this.gap = gap;
    this.last = now;
    return now - this.since + step > this.interval;
  }

  /** Runs what stores a snapshot, and counts anew. */
  async during(save: () => Promise<void>): Promise<void> {
    const start = this.now();
    try {
      await save();
    } finally {
      this.since = this.last = this.now();
      this.interval = Math.max(MOST_LOST_MS, WORK_PER_SNAPSHOT * (this.since - start));
    }
  }
}
