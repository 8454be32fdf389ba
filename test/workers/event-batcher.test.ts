import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { EventBatcher } from '../../workers/lab/event-batcher.ts';

function progress(done: number, jobId = 'a'): RunEvent {
  return { type: 'job-progress', jobId, done, total: 9, unit: 'steps', rate: 1 };
}

function loss(step: number): RunEvent {
  return { type: 'loss', jobId: 'a', steps: [step], losses: [1 / step], gradNorms: [step] };
}

describe('event batcher', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function batcherWithLog() {
    const sent: (readonly RunEvent[])[] = [];
    const batcher = new EventBatcher((events) => sent.push(events));
    batcher.add({ type: 'job-started', jobId: 'a' });
    return { sent, batcher };
  }

  it('sends at most one message in 250 ms between job boundaries', () => {
    const { sent, batcher } = batcherWithLog();
    for (let step = 1; step <= 100; step++) {
      batcher.add(progress(step));
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(250);
    expect(sent.length - 1).toBeLessThanOrEqual(5);
    expect(sent.at(-1)).toEqual([progress(100)]);
  });

  it('joins the shares of close negatives of jobs that measure them', () => {
    const { sent, batcher } = batcherWithLog();
    const shares = (step: number) => ({ ...loss(step), closeShares: [1 / step] }) as RunEvent;
    for (const event of [shares(1), shares(2), shares(4)]) batcher.add(event);
    batcher.flush();
    const joined = sent.flat().flatMap((event) => (event.type === 'loss' ? event.closeShares : []));
    expect(joined).toEqual([1, 0.5, 0.25]);
  });

  it('keeps the newest progress of each job and joins loss points', () => {
    const { sent, batcher } = batcherWithLog();
    for (const event of [progress(1), loss(1), progress(1, 'b'), loss(2), progress(2)]) {
      batcher.add(event);
    }
    vi.advanceTimersByTime(250);
    expect(sent[1]).toEqual([
      progress(2),
      { type: 'loss', jobId: 'a', steps: [1, 2], losses: [1, 0.5], gradNorms: [1, 2] },
      progress(1, 'b'),
    ]);
  });

  it('sends a boundary at once, after what waits', () => {
    const { sent, batcher } = batcherWithLog();
    batcher.add(loss(1));
    const done: RunEvent = { type: 'job-done', jobId: 'a', cached: false, seconds: 1 };
    batcher.add(done);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual([loss(1), done]);
  });

  it('sends even when no timer can fire, as under synchronous work', () => {
    const { sent, batcher } = batcherWithLog();
    vi.setSystemTime(Date.now() + 1000);
    const later = performance.now() + 1000;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    batcher.add(progress(1));
    expect(sent).toHaveLength(2);
    vi.restoreAllMocks();
  });

  it('flushes what waits, once', () => {
    const { sent, batcher } = batcherWithLog();
    batcher.add(progress(3));
    batcher.flush();
    batcher.flush();
    vi.advanceTimersByTime(1000);
    expect(sent.slice(1)).toEqual([[progress(3)]]);
  });
});
