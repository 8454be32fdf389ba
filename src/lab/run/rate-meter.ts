/** Units per second over the last few seconds, from (time, done) readings. */
export class RateMeter {
  private readonly windowMs: number;
  private readings: { readonly timeMs: number; readonly done: number }[] = [];

  constructor(windowMs = 5000) {
    this.windowMs = windowMs;
  }

  /** The rate including this reading; 0 until two readings lie apart in time. */
  add(timeMs: number, done: number): number {
    this.readings.push({ timeMs, done });
    // One reading older than the window stays: slow jobs report less often than it is long.
    while (this.readings.length > 2 && timeMs - (this.readings[1]?.timeMs ?? 0) >= this.windowMs) {
      this.readings.shift();
    }
    const first = this.readings[0];
    if (first === undefined || timeMs <= first.timeMs) return 0;
    return (1000 * (done - first.done)) / (timeMs - first.timeMs);
  }
}
