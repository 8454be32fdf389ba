import type { DispatchTimes } from '../executor.ts';
import { encodeDispatch, type GpuDispatch } from './gpu-dispatch.ts';
import type { GpuWaits } from './gpu-waits.ts';

/** A device, and where its answers are waited for. */
export interface TimedDevice {
  readonly device: GPUDevice;
  readonly waits: GpuWaits;
}

/** WebGPU allows 4096 queries a set; a dispatch takes two. */
const DISPATCHES_PER_SET = 2048;

/**
 * Every dispatch in a pass of its own between two timestamps. Browsers round timestamps to 100 µs:
 * the rounding is as often up as down, so means over several runs come out right.
 * null when the device's clock is of no use (times that run backwards, or none at all).
 */
export async function timeByTimestamps(
  timed: TimedDevice,
  dispatches: readonly GpuDispatch[],
  runs: number,
): Promise<DispatchTimes | null> {
  const ms = new Float64Array(dispatches.length);
  const sets = Math.ceil(dispatches.length / DISPATCHES_PER_SET);
  const clocks = Array.from({ length: sets }, (_, set) => {
    const first = set * DISPATCHES_PER_SET;
    return { first, clock: new Clock(timed, dispatches.slice(first, first + DISPATCHES_PER_SET)) };
  });
  try {
    for (let run = 0; run < runs; run++) {
      for (const { first, clock } of clocks) {
        const nanoseconds = await clock.run();
        for (const [index, time] of nanoseconds.entries()) {
          if (time < 0) return null;
          ms[first + index] = (ms[first + index] ?? 0) + time / 1e6 / runs;
        }
      }
    }
  } finally {
    for (const { clock } of clocks) clock.destroy();
  }
  return ms.some((time) => time > 0) ? { method: 'timestamps', ms: [...ms] } : null;
}

/** Query set and buffers for one slice of a program. */
class Clock {
  private readonly timed: TimedDevice;
  private readonly dispatches: readonly GpuDispatch[];
  private readonly querySet: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly staging: GPUBuffer;

  constructor(timed: TimedDevice, dispatches: readonly GpuDispatch[]) {
    const { device } = timed;
    this.timed = timed;
    this.dispatches = dispatches;
    const count = 2 * dispatches.length;
    const size = 8 * count;
    this.querySet = device.createQuerySet({ type: 'timestamp', count });
    this.resolved = device.createBuffer({
      label: 'timestamps',
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.staging = device.createBuffer({
      label: 'read timestamps',
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Nanoseconds of each dispatch. */
  async run(): Promise<number[]> {
    const { dispatches, querySet, resolved, staging } = this;
    const { device, waits } = this.timed;
    const encoder = device.createCommandEncoder({ label: 'profile' });
    dispatches.forEach((dispatch, index) => {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        },
      });
      encodeDispatch(pass, dispatch);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, 2 * dispatches.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, staging.size);
    device.queue.submit([encoder.finish()]);
    await waits.answer(staging.mapAsync(GPUMapMode.READ));
    const stamps = new BigInt64Array(staging.getMappedRange());
    const times = dispatches.map((_, index) => {
      return Number((stamps[2 * index + 1] ?? 0n) - (stamps[2 * index] ?? 0n));
    });
    staging.unmap();
    return times;
  }

  destroy(): void {
    this.querySet.destroy();
    this.resolved.destroy();
    this.staging.destroy();
  }
}

/** Every dispatch submitted alone and waited for, less the wait for an empty submit. */
export async function timeByWallClock(
  timed: TimedDevice,
  dispatches: readonly GpuDispatch[],
  runs: number,
): Promise<DispatchTimes> {
  const overheads: number[] = [];
  for (let i = 0; i < 9; i++) overheads.push(await timeSubmit(timed, null));
  const overhead = overheads.toSorted((a, b) => a - b)[4] ?? 0;
  const ms = dispatches.map(() => 0);
  for (let run = 0; run < runs; run++) {
    for (const [index, dispatch] of dispatches.entries()) {
      const time = Math.max(0, (await timeSubmit(timed, dispatch)) - overhead);
      ms[index] = (ms[index] ?? 0) + time / runs;
    }
  }
  return { method: 'wall-clock', ms };
}

async function timeSubmit(
  { device, waits }: TimedDevice,
  dispatch: GpuDispatch | null,
): Promise<number> {
  const encoder = device.createCommandEncoder({ label: 'profile' });
  const pass = encoder.beginComputePass();
  if (dispatch !== null) encodeDispatch(pass, dispatch);
  pass.end();
  const start = performance.now();
  device.queue.submit([encoder.finish()]);
  await waits.answer(device.queue.onSubmittedWorkDone());
  return performance.now() - start;
}
