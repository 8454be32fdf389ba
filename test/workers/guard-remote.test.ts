import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.ts';
import { DeathWatch, guardRemote } from '../../workers/rpc/guard-remote.ts';

const DEATH = new AppError('worker-died', 'The lab worker stopped: out of memory.');
const SYMBOL = Symbol('release');

function remote() {
  return {
    add: (a: number, b: number) => Promise.resolve(a + b),
    fail: () => Promise.reject(new AppError('data-invalid', 'no')),
    hang: () => new Promise<never>(() => undefined),
    [SYMBOL]: () => 'released',
  };
}

describe('guarded remote', () => {
  it('passes arguments, results and errors through', async () => {
    const guarded = guardRemote(remote(), new DeathWatch());
    await expect(guarded.add(2, 3)).resolves.toBe(5);
    await expect(guarded.fail()).rejects.toMatchObject({ code: 'data-invalid' });
    expect(guarded[SYMBOL]()).toBe('released');
  });

  it('rejects a pending call when the worker dies', async () => {
    const watch = new DeathWatch();
    const call = guardRemote(remote(), watch).hang();
    watch.report(DEATH);
    await expect(call).rejects.toBe(DEATH);
  });

  it('rejects a call on a worker that is dead, without sending it', async () => {
    const watch = new DeathWatch();
    const target = remote();
    const add = vi.spyOn(target, 'add');
    watch.report(DEATH);
    await expect(guardRemote(target, watch).add(1, 1)).rejects.toBe(DEATH);
    expect(add).not.toHaveBeenCalled();
  });

  it('can be awaited: it is no promise', async () => {
    const guarded = guardRemote(remote(), new DeathWatch());
    expect(await Promise.resolve(guarded)).toBe(guarded);
  });
});

describe('death watch', () => {
  it('tells each listener once, with the first cause', () => {
    const watch = new DeathWatch();
    const listener = vi.fn();
    const gone = vi.fn();
    watch.onDeath(listener);
    watch.onDeath(gone)();
    watch.report(DEATH);
    watch.report(new AppError('worker-died', 'again'));
    expect(listener.mock.calls).toEqual([[DEATH]]);
    expect(gone).not.toHaveBeenCalled();
  });

  it('tells a late listener at once', () => {
    const watch = new DeathWatch();
    watch.report(DEATH);
    const listener = vi.fn();
    watch.onDeath(listener);
    expect(listener).toHaveBeenCalledWith(DEATH);
  });
});
