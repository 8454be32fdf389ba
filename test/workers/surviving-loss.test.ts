import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { CLOSED } from '../../src/compute/webgpu/gpu-waits.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { BACK_OFF_MS, survivingLoss, type LossParts } from '../../workers/lab/surviving-loss.ts';

const DONE = { status: 'done', seconds: 1, rows: [], analyses: [] } as const;
const lost = (reason = 'unknown') =>
  new AppError('device-lost', `The GPU was lost (${reason}).`, { details: { reason } });
const absent = () => new AppError('adapter-unavailable', 'No adapter.');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Act = 'done' | AppError | ((emit: (event: RunEvent) => void) => void);

/** A run on machines that open and fare as told, one entry a time; the last one for ever. */
function fate(openings: readonly (AppError | null)[], runs: readonly Act[]) {
  const openedMs: number[] = [];
  const events: RunEvent[] = [];
  const controller = new AbortController();
  const startedMs = Date.now();
  let run = 0;
  const parts: LossParts = {
    open: async () => {
      const opening = openings[Math.min(openedMs.length, openings.length - 1)] ?? null;
      openedMs.push(Date.now() - startedMs);
      if (opening !== null) throw opening;
      return {} as Executor;
    },
    run: async (_executor, emit) => {
      const act = runs[Math.min(run++, runs.length - 1)] ?? 'done';
      if (typeof act === 'function') {
        act(emit);
        throw lost();
      }
      if (act === 'done') return DONE;
      throw act;
    },
    explained: (error) => error,
    emit: (event) => events.push(event),
    signal: controller.signal,
  };
  return { parts, openedMs, events, controller };
}

async function outcomeOf({ parts }: ReturnType<typeof fate>): Promise<unknown> {
  const outcome = survivingLoss(parts).catch((thrown: unknown) => thrown);
  await vi.advanceTimersByTimeAsync(60_000);
  return outcome;
}

describe('a run whose devices are lost', () => {
  it('goes on at once with a new one, and tells', async () => {
    const run = fate([null], [lost(), 'done']);
    expect(await outcomeOf(run)).toBe(DONE);
    expect(run.openedMs).toEqual([0, 0]);
    expect(run.events).toEqual([
      { type: 'restarted', what: 'device', reason: 'The GPU was lost (unknown).' },
    ]);
  });

  it('waits longer for each device in a row, then stops and says so', async () => {
    const run = fate([null], [lost()]);
    expect(await outcomeOf(run)).toMatchObject({
      code: 'device-lost',
      message: expect.stringMatching(/was lost \(unknown\)\. 4 attempts/) as string,
      hint: expect.stringMatching(/Finished cells are saved\. Reload the page/) as string,
    });
    expect(BACK_OFF_MS).toEqual([0, 500, 2000, 8000]);
    expect(run.openedMs).toEqual([0, 0, 500, 2500, 10_500]);
  });

  it('counts a device that does not come among them, and stops with the reason', async () => {
    const never = fate([null, absent()], [lost()]);
    expect(await outcomeOf(never)).toMatchObject({
      code: 'device-lost',
      message: expect.stringMatching(/^The GPU was lost .* did not help: No adapter\.$/) as string,
    });
    expect(never.openedMs).toEqual([0, 0, 500, 2500, 10_500]);
    const late = fate([null, absent(), absent(), null], [lost(), 'done']);
    expect(await outcomeOf(late)).toBe(DONE);
    expect(late.openedMs).toEqual([0, 0, 500, 2500]);
  });

  it('begins to count anew with every finished job, but not with those from the store', async () => {
    const finishing =
      (cached: boolean): Act =>
      (emit) => {
        emit({ type: 'job-done', jobId: 'a', cached, seconds: 1 });
      };
    const advancing = fate([null], [...Array<Act>(9).fill(finishing(false)), 'done']);
    expect(await outcomeOf(advancing)).toBe(DONE);
    expect(advancing.openedMs).toEqual(Array(10).fill(0));
    const standing = fate([null], [finishing(true)]);
    expect(await outcomeOf(standing)).toMatchObject({ code: 'device-lost' });
  });

  it('counts anew where a job comes further than before, and not where it begins again', async () => {
    const reaching =
      (done: number): Act =>
      (emit) => {
        const progress = { type: 'job-progress', jobId: 'a', total: 99, unit: 'steps', rate: 1 };
        emit({ ...progress, done } as RunEvent);
      };
    const steps = Array.from({ length: 9 }, (_, i) => reaching(1 + i));
    const advancing = fate([null], [...steps, 'done']);
    expect(await outcomeOf(advancing)).toBe(DONE);
    expect(advancing.openedMs).toEqual(Array(10).fill(0));
    const standing = fate([null], [reaching(5)]);
    expect(await outcomeOf(standing)).toMatchObject({ code: 'device-lost' });
    expect(standing.openedMs).toHaveLength(5);
  });

  it.each([
    ['a device that we closed', lost(CLOSED)],
    ['another fault', new AppError('non-finite', 'no number')],
    ['no device to begin with', absent()],
  ])('replaces nothing after %s', async (_, error) => {
    const run = fate([null], [error]);
    expect(await outcomeOf(run)).toBe(error);
    expect(run.openedMs).toEqual([0]);
  });
});

describe('a stop', () => {
  it.each([
    ['while a device is opened', 0],
    ['between two attempts', 3000],
  ])('is heard %s', async (_, atMs) => {
    const run = fate([null], [lost()]);
    const parts = { ...run.parts };
    if (atMs === 0) parts.open = () => new Promise<never>(() => undefined);
    const outcome = survivingLoss(parts);
    await vi.advanceTimersByTimeAsync(atMs);
    run.controller.abort();
    expect(await outcome).toMatchObject({ status: 'stopped' });
    expect(run.events.at(-1)).toEqual({ type: 'stopped' });
  });

  it('with a reason of ours is an error', async () => {
    const run = fate([null], [lost()]);
    const outcome = survivingLoss(run.parts).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(3000);
    const reason = new AppError('lock-lost', 'Another tab has taken over.');
    run.controller.abort(reason);
    expect(await outcome).toBe(reason);
  });
});
