import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { RenewedWorker } from '../../workers/client/renewed-worker.ts';
import { SteadyLab } from '../../workers/client/steady-lab.ts';
import { SILENT, type WorkerEnd } from '../../workers/client/worker-end.ts';
import type { LabWorkerApi } from '../../workers/lab/lab-parts.ts';
import { DeathWatch, guardRemote } from '../../workers/rpc/guard-remote.ts';

const PROFILE = createCpuExecutor().profile;
const OUTCOME = { status: 'done', seconds: 1, rows: [], analyses: [], checkpoints: [] };
const death = (reason = '') =>
  new AppError('worker-died', 'The lab worker stopped.', { details: { reason } });

interface FakeLab {
  readonly patienceS: number;
  readonly watch: DeathWatch;
  readonly calls: (readonly unknown[])[];
  /** Of the run in progress. */
  port: MessagePort | null;
  finish: (outcome: unknown) => void;
}

/** A lab on workers that do nothing until they are told. */
function steady() {
  const workers: FakeLab[] = [];
  const lab = new SteadyLab((patienceS) => {
    const watch = new DeathWatch();
    const worker: FakeLab = { patienceS, watch, calls: [], port: null, finish: () => undefined };
    workers.push(worker);
    const record =
      (name: string, result?: unknown) =>
      (...given: unknown[]) => {
        worker.calls.push([name, ...given]);
        return Promise.resolve(result);
      };
    const remote = {
      open: record('open', { choice: 'auto', profile: PROFILE, reason: '', hint: '' }),
      resume: record('resume'),
      openBase: record('openBase', 'summary'),
      closeBase: record('closeBase'),
      stop: record('stop'),
      checkpoints: record('checkpoints', []),
      run: (text: string, _dataset: null, port: MessagePort, limits: unknown) => {
        worker.calls.push(['run', text, limits]);
        worker.port = port;
        return new Promise((resolve) => {
          worker.finish = resolve;
        });
      },
    };
    const end = {
      remote: guardRemote(remote, watch),
      watch,
      ready: Promise.resolve(),
      terminate: () => {
        watch.report(death());
      },
    };
    return end as unknown as WorkerEnd<LabWorkerApi>;
  });
  const events: RunEvent[] = [];
  const port = {
    postMessage: (batch: RunEvent[]) => events.push(...batch),
  } as unknown as MessagePort;
  const run = () => {
    const outcome = lab.lab.run('document', null, port, { job: 'a' });
    return outcome.catch((thrown: unknown) => thrown);
  };
  return { lab, workers, events, run };
}

/** Messages of ports arrive in tasks of their own, which no fake timer holds. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a run whose worker dies', () => {
  it('goes on in a new one with the machine and the base of the old one', async () => {
    const { lab, workers, events, run } = steady();
    const files = [{ name: 'config.json', blob: new Blob(['{}']) }];
    await lab.lab.open('auto');
    await lab.lab.openBase(files);
    const outcome = run();
    await settle();
    workers[0]?.watch.report(death(SILENT));
    await settle();
    expect(workers).toHaveLength(2);
    expect(workers[1]?.calls).toEqual([
      ['resume', 'auto', PROFILE],
      ['openBase', files],
      ['run', 'document', { job: 'a' }],
    ]);
    workers[1]?.finish(OUTCOME);
    expect(await outcome).toBe(OUTCOME);
    expect(events).toEqual([
      { type: 'restarted', what: 'engine', reason: 'The lab worker stopped.' },
    ]);
  });

  it('passes on what the present worker says, and nothing of a dead one', async () => {
    const { workers, events, run } = steady();
    const outcome = run();
    await settle();
    const [first] = workers;
    first?.port?.postMessage([{ type: 'job-started', jobId: 'a' }]);
    await settle();
    await settle();
    expect(events).toEqual([{ type: 'job-started', jobId: 'a' }]);
    first?.watch.report(death());
    await settle();
    first?.port?.postMessage([{ type: 'job-started', jobId: 'b' }]);
    workers[1]?.port?.postMessage([{ type: 'finished', seconds: 1 }]);
    await settle();
    await settle();
    expect(events.map(({ type }) => type)).toEqual(['job-started', 'restarted', 'finished']);
    workers[1]?.finish(OUTCOME);
    expect(await outcome).toBe(OUTCOME);
    for (const { port } of workers) port?.close();
  });

  it('gives a worker after a silent one more time, and stops after four', async () => {
    const { workers, run } = steady();
    const outcome = run();
    for (let worker = 0; worker < 5; worker++) {
      await settle();
      workers[worker]?.watch.report(death(SILENT));
      await settle();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(await outcome).toMatchObject({
      code: 'worker-died',
      message: 'The lab worker stopped. 4 attempts with a new one failed.',
      hint: expect.stringMatching(/Finished jobs are stored\. Reload the page/) as string,
    });
    expect(workers.map(({ patienceS }) => patienceS)).toEqual([10, 60, 600, 600, 600]);
  });

  it('begins to count anew with every finished job', async () => {
    const { workers, run } = steady();
    const outcome = run();
    for (let worker = 0; worker < 8; worker++) {
      await settle();
      const { port, watch } = workers[worker] ?? {};
      port?.postMessage([{ type: 'job-done', jobId: String(worker), cached: false, seconds: 1 }]);
      await settle();
      await settle();
      watch?.report(death());
      await settle();
      port?.close();
    }
    expect(workers).toHaveLength(9);
    workers[8]?.finish(OUTCOME);
    expect(await outcome).toBe(OUTCOME);
  });

  it('waits for the lock that a worker caught in a loop has not yet given back', async () => {
    const { workers, events, run } = steady();
    const outcome = run();
    await settle();
    workers[0]?.watch.report(death(SILENT));
    await settle();
    const held = new AppError('lock-lost', 'Another tab of this app is running an experiment.');
    for (const waitMs of [500, 2000]) {
      workers[1]?.finish(Promise.reject(held));
      await settle();
      await vi.advanceTimersByTimeAsync(waitMs);
      await settle();
    }
    expect(workers[1]?.calls.filter(([name]) => name === 'run')).toHaveLength(3);
    workers[1]?.finish(OUTCOME);
    expect(await outcome).toBe(OUTCOME);
    expect(workers).toHaveLength(2);
    expect(events).toHaveLength(1);
  });

  it('is told of a lock that another tab holds, at once where no worker died and in the end where one did', async () => {
    const held = new AppError('lock-lost', 'Another tab of this app is running an experiment.');
    const { workers, run } = steady();
    const first = run();
    await settle();
    workers[0]?.finish(Promise.reject(held));
    expect(await first).toBe(held);
    const second = run();
    await settle();
    workers[0]?.watch.report(death(SILENT));
    for (let attempt = 0; attempt < 4; attempt++) {
      await settle();
      workers[1]?.finish(Promise.reject(held));
      await settle();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(await second).toBe(held);
  });

  it('ends when a stop was asked for that it could not hear', async () => {
    const { lab, workers, run } = steady();
    const outcome = run();
    await settle();
    await lab.lab.stop();
    expect(workers[0]?.calls.at(-1)).toEqual(['stop']);
    workers[0]?.watch.report(death(SILENT));
    expect(await outcome).toMatchObject({
      code: 'worker-died',
      message: 'Stopped. The lab worker stopped.',
    });
    expect(workers).toHaveLength(1);
  });

  it('is not repeated for an error of its own', async () => {
    const { workers, run, lab } = steady();
    const outcome = run();
    await settle();
    workers[0]?.finish(Promise.reject(new AppError('non-finite', 'no number')));
    expect(await outcome).toMatchObject({ code: 'non-finite' });
    const closing = run();
    await settle();
    lab.close(death());
    expect(await closing).toMatchObject({ code: 'worker-died' });
    expect(workers).toHaveLength(1);
  });
});

describe('a worker that dies while nothing runs', () => {
  it('rejects what waits, and is there again for the next call', async () => {
    const { lab, workers } = steady();
    await lab.lab.open('cpu');
    workers[0]?.watch.report(death());
    expect(await lab.lab.checkpoints()).toEqual([]);
    expect(workers[1]?.calls).toEqual([['resume', 'cpu', PROFILE], ['checkpoints']]);
  });
});

describe('a worker without memory', () => {
  it('is started when it is needed, and anew after its death', async () => {
    const watches: DeathWatch[] = [];
    const worker = new RenewedWorker(() => {
      const watch = new DeathWatch();
      watches.push(watch);
      const remote = guardRemote({ add: (a: number) => Promise.resolve(a + 1) }, watch);
      const ready = Promise.resolve();
      return { remote, watch, ready, terminate: () => undefined } as unknown as WorkerEnd<{
        add(a: number): Promise<number>;
      }>;
    });
    expect(watches).toHaveLength(0);
    expect(await worker.remote().add(1)).toBe(2);
    watches[0]?.report(death());
    expect(await worker.remote().add(2)).toBe(3);
    expect(watches).toHaveLength(2);
  });
});
