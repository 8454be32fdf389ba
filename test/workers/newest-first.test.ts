import { describe, expect, it } from 'vitest';
import { NewestFirst } from '../../workers/lab/queues/newest-first.ts';

describe('NewestFirst', () => {
  it('stops what runs, skips what waits and runs the newest after both', async () => {
    const turns = new NewestFirst('probe');
    const began: string[] = [];
    const running = turns.run(async (signal) => {
      began.push('first');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
    });
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = turns.run(async () => began.push('second'));
    const newest = turns.run(async (signal) => {
      began.push('third');
      return signal.aborted;
    });
    const all = Promise.allSettled([running, waiting, newest]);
    const replaced = { code: 'aborted', message: 'A newer probe replaced this one.' };
    expect(await all).toMatchObject([
      { status: 'rejected', reason: replaced },
      { status: 'rejected', reason: replaced },
      { status: 'fulfilled', value: false },
    ]);
    expect(began).toEqual(['first', 'third']);
  });

  it('goes on after work that failed', async () => {
    const turns = new NewestFirst('probe');
    await expect(turns.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await turns.run(async () => 1)).toBe(1);
  });

  it('ends once what runs has stopped, and serves again', async () => {
    const turns = new NewestFirst('question');
    let isOver = false;
    const running = turns.run(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      isOver = true;
      signal.throwIfAborted();
    });
    const refused = expect(running).rejects.toMatchObject({ code: 'aborted' });
    await new Promise((resolve) => setImmediate(resolve));
    await turns.end();
    expect(isOver).toBe(true);
    await refused;
    expect(await turns.run(async () => 1)).toBe(1);
  });
});
