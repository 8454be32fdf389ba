import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beat, sendBeatsTo } from '../../src/core/beat.ts';
import { kMeans } from '../../src/rec/semantic-ids/k-means.ts';
import { zeros } from '../../src/core/dense-matrix.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { beating, Heartbeat, PATIENCE_S } from '../../workers/rpc/heartbeat.ts';
import { openWasm } from '../support/machine/wasm.ts';
import { defineKernel, linearGroups } from '../../src/compute/kernel.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  sendBeatsTo(null);
  vi.clearAllTimers();
  vi.useRealTimers();
});

describe('a heartbeat', () => {
  it('is missed after its patience, once', async () => {
    const silent = vi.fn();
    const watch = new Heartbeat(10, silent);
    await vi.advanceTimersByTimeAsync(9000);
    watch.hear();
    await vi.advanceTimersByTimeAsync(9999);
    expect(silent).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(silent).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not missed after its end', async () => {
    const silent = vi.fn();
    new Heartbeat(10, silent).end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(silent).not.toHaveBeenCalled();
  });

  it('has ten seconds at first, and longer for those that take a place', () => {
    expect(PATIENCE_S).toEqual([10, 60, 600]);
  });
});

describe('a thread that beats', () => {
  it('does so every second, and from inside of long work as often', async () => {
    const sent: number[] = [];
    let workMs = 0;
    const now = () => Date.now() + workMs;
    const startedMs = now();
    const beats = beating(() => sent.push(now() - startedMs), now);
    sendBeatsTo(beats.once);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual([0, 1000, 2000]);
    // Nothing turns the event loop here.
    for (workMs = 0; workMs < 3000; workMs += 10) beat();
    const inside = sent.slice(3);
    expect(inside.length).toBeGreaterThanOrEqual(3);
    const gaps = inside.map((ms, i) => ms - (inside[i - 1] ?? 2000));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000);
    beats.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says nothing where nobody listens', () => {
    expect(() => {
      beat();
    }).not.toThrow();
  });
});

describe('what holds a thread for long beats', () => {
  it('between two kernels of a program in WebAssembly', async () => {
    const executor = await openWasm();
    const values = executor.allocate('values', 'f32', 64);
    const nothing = defineKernel({
      name: 'nothing',
      wgsl: '',
      entry: 'nothing',
      bindings: [{ name: 'values', access: 'read_write', type: 'f32' }],
      uniforms: [],
      groups: () => linearGroups(64, 64),
      twin: () => undefined,
    });
    const steps = Array.from({ length: 3 }, () => ({ kernel: nothing, bind: { values } }));
    const program = await executor.prepare('three', steps);
    const heard = vi.fn();
    sendBeatsTo(heard);
    executor.run(program);
    expect(heard).toHaveBeenCalledTimes(3);
    executor.destroy();
  });

  it('at every point of a k-means', () => {
    const heard = vi.fn();
    sendBeatsTo(heard);
    kMeans(zeros(50, 2), 4, 3, new RandomStream(1, 'test'));
    // Three passes, the last one, and four centroids to start from.
    expect(heard).toHaveBeenCalledTimes(50 * 4 + 4);
  });
});
