/** A thread says that it lives at least so often. */
export const BEAT_MS = 1000;

/**
 * Seconds without a sign of life after which a thread is taken for dead: at first, and for those that take
 * its place. What legally holds a thread for longer than that between two beats (one product of a large model
 * on a busy machine) so costs one restart and then has its time.
 */
export const PATIENCE_S: readonly number[] = [10, 60, 600];

/** What a worker sends as a sign of life; nothing else is taken for one. */
export const BEAT = 'mmgrid-beat';

/** Beats of a thread. */
export interface Beating {
  /** One from inside of long work. */
  readonly once: () => void;
  /** The timer keeps a thread of Node alive. */
  readonly end: () => void;
}

/**
 * Sends beats: by a timer while the thread's event loop turns, and from `beat()` inside of what holds it, at
 * most once a `BEAT_MS`.
 * @param now milliseconds, monotonic
 */
export function beating(send: () => void, now: () => number): Beating {
  let lastMs = -Infinity;
  const once = (): void => {
    if (now() - lastMs < BEAT_MS / 2) return;
    lastMs = now();
    send();
  };
  once();
  const timer = setInterval(once, BEAT_MS);
  return {
    once,
    end: () => {
      clearInterval(timer);
    },
  };
}

/**
 * Waits for beats; calls back once when there was none for `patienceS`. Ticks of a timer are counted and not
 * the clock: a computer that slept, or a page that was frozen, has not listened.
 */
export class Heartbeat {
  private readonly timer: ReturnType<typeof setInterval>;
  private ticks = 0;

  constructor(patienceS: number, onSilence: () => void) {
    this.timer = setInterval(() => {
      this.ticks += 1;
      if (this.ticks * BEAT_MS < patienceS * 1000) return;
      this.end();
      onSilence();
    }, BEAT_MS);
  }

  hear(): void {
    this.ticks = 0;
  }

  end(): void {
    clearInterval(this.timer);
  }
}
