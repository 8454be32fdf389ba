import type { RunEvent } from '../../src/lab/job/events.ts';

/** Between two messages of a run, except at job boundaries: at most 4 a second. */
const INTERVAL_MS = 250;

/** After these a watcher's picture changes: they are sent at once, with what waits before them. */
const BOUNDARIES: ReadonlySet<RunEvent['type']> = new Set([
  'plan',
  'job-started',
  'job-done',
  'job-failed',
  'restarted',
  'finished',
  'stopped',
]);

/**
 * Collects run events into few messages. Of several progress reports of one job only the newest
 * is kept, and its loss points are joined, so that a message stays small however fast steps are.
 */
export class EventBatcher {
  private readonly send: (events: readonly RunEvent[]) => void;
  private waiting: RunEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastSentMs = -Infinity;

  constructor(send: (events: readonly RunEvent[]) => void) {
    this.send = send;
  }

  add(event: RunEvent): void {
    const merged = this.waiting.findIndex((other) => isReplaced(other, event));
    const older = this.waiting[merged];
    if (older?.type === 'loss' && event.type === 'loss') {
      this.waiting[merged] = {
        ...older,
        steps: [...older.steps, ...event.steps],
        losses: [...older.losses, ...event.losses],
        gradNorms: [...older.gradNorms, ...event.gradNorms],
        ...(event.closeShares && {
          closeShares: [...(older.closeShares ?? []), ...event.closeShares],
        }),
      };
    } else if (older !== undefined) this.waiting[merged] = event;
    else this.waiting.push(event);
    // A worker busy with synchronous work never reaches a timer: the clock is asked here too.
    if (BOUNDARIES.has(event.type) || performance.now() - this.lastSentMs >= INTERVAL_MS) {
      this.flush();
    } else
      this.timer ??= setTimeout(() => {
        this.flush();
      }, INTERVAL_MS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length === 0) return;
    const events = this.waiting;
    this.waiting = [];
    this.lastSentMs = performance.now();
    this.send(events);
  }
}

/** Sends what `action` tells through a port, to the end; then closes it. */
export async function toldThrough<Result>(
  port: MessagePort,
  action: (emit: (event: RunEvent) => void) => Promise<Result>,
): Promise<Result> {
  const batcher = new EventBatcher((events) => {
    port.postMessage(events);
  });
  try {
    return await action((event) => {
      batcher.add(event);
    });
  } finally {
    batcher.flush();
    port.close();
  }
}

function isReplaced(older: RunEvent, event: RunEvent): boolean {
  switch (event.type) {
    case 'loss':
    case 'job-progress':
      return older.type === event.type && older.jobId === event.jobId;
    case 'memory':
      return older.type === 'memory';
    default:
      return false;
  }
}
