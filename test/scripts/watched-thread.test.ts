import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WatchedThread, type Thread } from '../../scripts/headless/watched-thread.ts';

/** A thread that does what it is told; ended, it exits. */
class FakeThread extends EventEmitter implements Thread {
  readonly sent: unknown[] = [];
  isEnded = false;

  postMessage(message: unknown): void {
    this.sent.push(message);
  }

  terminate(): Promise<void> {
    this.isEnded = true;
    this.emit('exit');
    return Promise.resolve();
  }
}

function watched() {
  const threads: FakeThread[] = [];
  const heard: unknown[] = [];
  const restarts: string[] = [];
  const watch = new WatchedThread<string>({
    start: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
    onMessage: (message) => {
      heard.push(message);
      return message === 'done';
    },
    onRestart: (reason) => restarts.push(reason),
  });
  return { watch, threads, heard, restarts };
}

describe('a watched thread', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('ends by itself, and no other one is started', async () => {
    const { watch, threads, heard } = watched();
    const end = watch.run();
    threads[0]?.emit('message', 'alive');
    threads[0]?.emit('exit');
    expect(await end).toBe('');
    expect(threads).toHaveLength(1);
    expect(heard).toEqual(['alive']);
  });

  it('is ended after ten seconds of silence, counted from its first word, and replaced', async () => {
    const { watch, threads, restarts } = watched();
    const end = watch.run();
    // Loading takes its time.
    await vi.advanceTimersByTimeAsync(60_000);
    expect(threads[0]?.isEnded).toBe(false);
    threads[0]?.emit('message', 'alive');
    await vi.advanceTimersByTimeAsync(9999);
    expect(threads[0]?.isEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(threads[0]?.isEnded).toBe(true);
    expect(restarts).toEqual(['it gave no sign of life for 10 seconds']);
    await vi.advanceTimersByTimeAsync(1);
    expect(threads).toHaveLength(2);
    // What may have taken longer than that by right has more time now.
    threads[1]?.emit('message', 'alive');
    await vi.advanceTimersByTimeAsync(59_999);
    expect(threads[1]?.isEnded).toBe(false);
    threads[1]?.emit('exit');
    expect(await end).toBe('');
  });

  it('is replaced after an error, four times in a row', async () => {
    const { watch, threads, restarts } = watched();
    const end = watch.run();
    for (let thread = 0; thread < 5; thread++) {
      threads[thread]?.emit('error', new Error('no luck'));
      threads[thread]?.emit('exit');
      await vi.advanceTimersByTimeAsync(8000);
    }
    expect(await end).toBe('no luck');
    expect(restarts).toHaveLength(4);
    expect(threads).toHaveLength(5);
  });

  it('counts anew where the work has come further', async () => {
    const { watch, threads } = watched();
    const end = watch.run();
    for (let thread = 0; thread < 8; thread++) {
      threads[thread]?.emit('message', 'done');
      threads[thread]?.emit('error', new Error('no luck'));
      threads[thread]?.emit('exit');
      await vi.advanceTimersByTimeAsync(0);
    }
    threads[8]?.emit('exit');
    expect(await end).toBe('');
  });

  it('is not replaced when memory ran out, nor when a stop was asked for', async () => {
    const memory = watched();
    const ended = memory.watch.run();
    const error = Object.assign(new Error('out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    memory.threads[0]?.emit('error', error);
    memory.threads[0]?.emit('exit');
    expect(await ended).toBe('out of memory');
    const stopped = watched();
    const end = stopped.watch.run();
    stopped.threads[0]?.emit('message', 'alive');
    stopped.watch.stop('stop');
    expect(stopped.threads[0]?.sent).toEqual(['stop']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await end).toBe('it gave no sign of life for 10 seconds');
    expect(stopped.restarts).toEqual([]);
  });
});

/** A thread of Node that is really wedged: the first computes for ever, the second is well. */
it('goes on after a thread in an endless loop, which hears nothing and says nothing', async () => {
  const threads: Worker[] = [];
  const heard: string[] = [];
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage('alive');
    if (workerData === 0) for (;;);
    parentPort.postMessage('well');
  `;
  const watch = new WatchedThread<string>({
    start: () => {
      const thread = new Worker(script, { eval: true, workerData: threads.length });
      threads.push(thread);
      return thread;
    },
    onMessage: (message) => {
      heard.push(message);
      return false;
    },
    onRestart: () => undefined,
  });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const end = watch.run();
    await vi.waitFor(() => {
      expect(heard).toEqual(['alive']);
    });
    vi.advanceTimersByTime(10_000);
    expect(await end).toBe('');
    expect(heard).toEqual(['alive', 'alive', 'well']);
  } finally {
    vi.useRealTimers();
  }
});
