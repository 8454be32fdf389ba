import { transfer } from 'comlink';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import tiny from '../../experiments/tiny.yaml?raw';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { startLab, type LabSession } from '../../workers/client.ts';
import { exportedFiles } from '../support/exported-files.ts';

const sessions: LabSession[] = [];

async function start(): Promise<LabSession> {
  const session = await startLab();
  sessions.push(session);
  return session;
}

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

async function run(session: LabSession, onEvents: (events: readonly RunEvent[]) => void) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    onEvents(data);
  };
  try {
    return await session.lab.run(tiny, null, transfer(port2, [port2]));
  } finally {
    port1.close();
  }
}

/** What needs a page: workers, their boundary, and storage that outlives them. The rest runs in Node. */
describe('lab session', () => {
  beforeAll(async () => {
    const session = await start();
    for (const { id } of await session.lab.checkpoints()) await session.lab.deleteCheckpoint(id);
  });

  it('opens the CPU rather than a software GPU, and either when asked', async () => {
    const { lab } = await start();
    const chosen = await lab.open('auto');
    expect(chosen.profile).toMatchObject({ kind: 'cpu', architecture: 'wasm' });
    expect(chosen.reason).toMatch(/no hardware GPU/);
    const forced = await lab.open('webgpu');
    expect(forced.profile).toMatchObject({ kind: 'webgpu', isSoftware: true });
    expect((await lab.open('cpu')).profile.kind).toBe('cpu');
  });

  it('profiles a training step on the GPU of the page', async () => {
    const { lab } = await start();
    await lab.open('webgpu');
    const { profile, ceilings, batch, length } = await lab.profileStep(tiny);
    expect(batch * length).toBeGreaterThan(0);
    expect(profile.program).toContain(`train ${String(batch)}x${String(length)}`);
    expect(profile.kernels.some(({ kernel, ms }) => kernel.startsWith('matmul') && ms > 0)).toBe(
      true,
    );
    expect(ceilings.flopsPerSecond).toBeGreaterThan(0);
  });

  it('carries the faults of a bad document over the worker boundary', async () => {
    const { lab } = await start();
    const { port2 } = new MessageChannel();
    await expect(lab.run('name: x', null, transfer(port2, [port2]))).rejects.toMatchObject({
      code: 'experiment-invalid',
      faults: expect.arrayContaining([
        { place: 'schema', message: 'The key "schema" is missing.' },
      ]) as unknown,
    });
  });

  it('stops, keeps what is finished, and a new session continues from there', async () => {
    const first = await start();
    const done: string[] = [];
    const stopped = await run(first, (events) => {
      for (const event of events) {
        if (event.type !== 'job-done') continue;
        done.push(event.jobId);
        if (done.length === 10) void first.lab.stop();
      }
    });
    expect(stopped.status).toBe('stopped');
    await first.close();

    const second = await start();
    const cached: string[] = [];
    const outcome = await run(second, (events) => {
      for (const event of events) {
        if (event.type === 'job-done' && event.cached) cached.push(event.jobId);
      }
    });
    expect(outcome.status).toBe('done');
    expect(cached.slice(0, 10)).toEqual(done.slice(0, 10));
    expect(outcome.rows.length).toBe((22 + 6) * 9);
    expect(outcome.checkpoints.map(({ name }) => name)).toContain('Books/phase2/seed1');
    const [checkpoint] = outcome.checkpoints;
    const files = await exportedFiles(second.lab, checkpoint?.id ?? '');
    expect([...files.keys()]).toContain('model.safetensors');
  }, 120_000);

  it('goes on with a run by itself when its worker is gone, in the same machine', async () => {
    const workers: Worker[] = [];
    const RealWorker = Worker;
    vi.stubGlobal(
      'Worker',
      class extends RealWorker {
        constructor(url: string, options: WorkerOptions) {
          super(url, options);
          workers.push(this);
        }
      },
    );
    try {
      const session = await start();
      for (const { id } of await session.lab.checkpoints()) await session.lab.deleteCheckpoint(id);
      await session.lab.open('cpu');
      const events: RunEvent[] = [];
      const outcome = await run(session, (batch) => {
        events.push(...batch);
        // A worker that was ended from outside says nothing of it.
        if (workers.length === 1 && batch.some(({ type }) => type === 'loss')) {
          workers[0]?.terminate();
        }
      });
      expect(outcome.status).toBe('done');
      expect(outcome.rows.length).toBe((22 + 6) * 9);
      const restarts = events.filter(({ type }) => type === 'restarted');
      expect(restarts).toMatchObject([
        { what: 'engine', reason: 'The lab worker gave no sign of life for 10 seconds.' },
      ]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('trains on while the import worker dies, which is there again when it is needed', async () => {
    const workers = new Map<string, Worker>();
    const RealWorker = Worker;
    vi.stubGlobal(
      'Worker',
      class extends RealWorker {
        constructor(url: string, options: WorkerOptions) {
          super(url, options);
          workers.set(options.name ?? '', this);
        }
      },
    );
    try {
      const session = await start();
      await session.lab.open('cpu');
      const lab = workers.get('lab');
      const bad = () => session.importer.importFiles('no JSON', []);
      await expect(bad()).rejects.toMatchObject({ code: 'experiment-invalid' });
      const before = workers.get('import');
      before?.dispatchEvent(new ErrorEvent('error', { message: 'a test', cancelable: true }));
      await expect(bad()).rejects.toMatchObject({ code: 'experiment-invalid' });
      expect(workers.get('import')).not.toBe(before);
      expect((await session.lab.open('cpu')).profile.kind).toBe('cpu');
      expect(workers.get('lab')).toBe(lab);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('rejects pending calls when it is closed', async () => {
    const session = await start();
    await session.lab.open('cpu');
    const pending = run(session, () => undefined);
    const outcome = pending.then(
      ({ status }) => status,
      (error: unknown) => (error as { code: string }).code,
    );
    await session.close();
    expect(['stopped', 'worker-died']).toContain(await outcome);
  });
});
