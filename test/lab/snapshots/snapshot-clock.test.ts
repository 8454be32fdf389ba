import { describe, expect, it } from 'vitest';
import { SnapshotClock } from '../../../src/lab/snapshots/snapshot-clock.ts';

/** Steps of so many milliseconds until the clock is due; the time that they took. */
function untilDue(clock: SnapshotClock, world: { time: number }, stepMs: number): number {
  const start = world.time;
  for (let step = 0; step < 1000; step++) {
    world.time += stepMs;
    if (clock.isDue()) return world.time - start;
  }
  throw new Error('never due');
}

describe('the clock of snapshots', () => {
  it('is due before a step would make it more than ten seconds', async () => {
    const world = { time: 1e6 };
    const clock = new SnapshotClock(() => world.time);
    expect(untilDue(clock, world, 100)).toBe(10_000);
    await clock.during(() => Promise.resolve());
    expect(untilDue(clock, world, 300)).toBe(9900);
    await clock.during(() => Promise.resolve());
    // Longer steps are known after the second.
    expect(untilDue(clock, world, 4000)).toBe(8000);
    await clock.during(() => Promise.resolve());
    expect(untilDue(clock, world, 15_000)).toBe(15_000);
  });

  it('takes the end of an epoch for no step', () => {
    const world = { time: 0 };
    const clock = new SnapshotClock(() => world.time);
    for (const ms of [100, 100, 6000, 100]) {
      world.time += ms;
      expect(clock.isDue()).toBe(false);
    }
  });

  it('waits nine times as long as a snapshot takes', async () => {
    const world = { time: 0 };
    const clock = new SnapshotClock(() => world.time);
    const save = () => {
      world.time += 5000;
      return Promise.resolve();
    };
    await clock.during(save);
    expect(untilDue(clock, world, 1000)).toBe(45_000);
    await clock.during(() => Promise.reject(new Error('full'))).catch(() => undefined);
    expect(untilDue(clock, world, 1000)).toBe(10_000);
  });

  it('counts anew where the clock was put back', () => {
    const world = { time: 1e9 };
    const clock = new SnapshotClock(() => world.time);
    world.time = 5;
    expect(clock.isDue()).toBe(false);
    expect(untilDue(clock, world, 1000)).toBe(10_000);
  });
});
