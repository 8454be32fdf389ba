import type { RunEvent } from '../../src/lab/job/events.ts';

/**
 * Tells of a run that is begun again and again whether it comes further: a job is finished that was not in
 * the store, or one has come beyond the place where it was broken off before.
 */
export class Headway {
  private readonly furthest = new Map<string, number>();

  /** Whether the event says so. The first sight of a job's progress does: it was not there before. */
  isMade(event: RunEvent): boolean {
    if (event.type === 'job-done') return !event.cached;
    if (event.type !== 'job-progress') return false;
    const key = `${event.jobId} ${event.unit}`;
    const before = this.furthest.get(key) ?? 0;
    if (event.done <= before) return false;
    this.furthest.set(key, event.done);
    return true;
  }
}
