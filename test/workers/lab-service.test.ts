import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/lab/job/events.ts';
import type { LabService } from '../../workers/lab/lab-service.ts';
import { nodeLab } from '../../workers/headless/node/node-host.ts';
import { createSourceThread } from '../../workers/node/source-thread.ts';
import { freshFolder } from '../support/fresh-folder.ts';
import { exportedFiles } from '../support/exported-files.ts';

const TINY = readFileSync('experiments/tiny.yaml', 'utf8');

const labs: LabService[] = [];

/** The lab of a program in Node, on a store of files. */
function open(storeDir: string): LabService {
  const lab = nodeLab({
    ...{ storeDir, outDir: '', dataDir: null, baseDir: null },
    ...{ threads: 1, adapter: null, createThread: createSourceThread },
    onNotice: () => undefined,
    listFolder: () => Promise.resolve([]),
  });
  labs.push(lab);
  return lab;
}

afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

async function run(lab: LabService, onEvent: (event: RunEvent) => void = () => undefined) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    data.forEach(onEvent);
  };
  try {
    return await lab.run(TINY, null, port2);
  } finally {
    port1.close();
  }
}

async function recall(lab: LabService) {
  const events: RunEvent[] = [];
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise((resolve) => {
    port1.addEventListener('close', resolve);
  });
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    events.push(...data);
  };
  const outcome = await lab.recall(TINY, null, port2);
  await closed;
  return { events, outcome };
}

function doneOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'job-done' && event.cached ? [event.jobId] : [],
  );
}

describe('the lab in Node', () => {
  it('opens the CPU when asked, with the kernels of WebAssembly', async () => {
    const lab = open(freshFolder());
    expect((await lab.open('cpu')).profile).toMatchObject({
      ...{ kind: 'cpu', architecture: 'wasm', name: 'CPU (WebAssembly SIMD, 1 thread)' },
    });
  });

  it('inspects a document and lists the faults of a bad one with their lines', async () => {
    const lab = open(freshFolder());
    expect(await lab.inspect(TINY, null)).toMatchObject({ ok: true, name: 'tiny', leaks: 0 });
    expect(await lab.inspect(TINY.replace('levels: 2', 'levels: 99'), null)).toMatchObject({
      ok: false,
      faults: [{ place: expect.stringMatching(/^ids\.levels \(line \d+:\d+\)$/) as string }],
    });
    const { port2 } = new MessageChannel();
    await expect(lab.run('name: x', null, port2)).rejects.toMatchObject({
      code: 'experiment-invalid',
      faults: expect.arrayContaining([
        { place: 'schema', message: 'The key "schema" is missing.' },
      ]) as unknown,
    });
  });

  it('profiles a step and estimates a plan, but not during a run', async () => {
    const lab = open(freshFolder());
    await lab.open('cpu');
    const { profile, ceilings, batch, length } = await lab.profileStep(TINY);
    expect(profile.program).toContain(`train ${String(batch)}x${String(length)}`);
    expect(profile.kernels.some(({ kernel, ms }) => kernel.startsWith('matmul') && ms > 0)).toBe(
      true,
    );
    expect(ceilings.flopsPerSecond).toBeGreaterThan(0);
    const inspection = await lab.inspect(TINY, null);
    if (!inspection.ok) throw new Error('The document is sound.');
    const seconds = await lab.estimate(TINY, null);
    expect(seconds).toHaveLength(inspection.jobs.length);
    expect(seconds.every((each) => each > 1 && each < 1000)).toBe(true);
    const running = run(lab);
    const busy = { code: 'invalid-argument', message: 'A run is in progress.' };
    await expect(lab.profileStep(TINY)).rejects.toMatchObject(busy);
    await expect(lab.estimate(TINY, null)).rejects.toMatchObject(busy);
    await lab.stop();
    expect((await running).status).toBe('stopped');
  });

  it('stops, keeps what is finished, and another process continues from there', async () => {
    const store = join(freshFolder(), 'store');
    const first = open(store);
    await first.open('cpu');
    const done: string[] = [];
    const stopped = await run(first, (event) => {
      if (event.type !== 'job-done') return;
      done.push(event.jobId);
      if (done.length === 10) void first.stop();
    });
    expect(stopped.status).toBe('stopped');
    await first.close();

    const second = open(store);
    // Before anything is opened that computes: what is stored is told, and the rest is not made.
    const early = await recall(second);
    expect(early.outcome.status).toBe('stopped');
    expect(doneOf(early.events)).toEqual(done);
    await second.open('cpu');
    const told: RunEvent[] = [];
    const cached: string[] = [];
    const ask = (at: number) => {
      const question = { domain: 'Games', models: ['Games/pretrain'], customer: { at } };
      return second.recommend(TINY, null, question);
    };
    let duringRun: Promise<unknown>[] = [];
    const outcome = await run(second, (event) => {
      // A measured cell is stored; the run goes on.
      const isFirst = event.type === 'results' && duringRun.length === 0;
      if (isFirst) duringRun = [ask(0), ask(1)].map((asked) => asked.catch((e: unknown) => e));
      told.push(event);
      if (event.type === 'job-done' && event.cached) cached.push(event.jobId);
    });
    expect(outcome.status).toBe('done');
    const [older, newer] = await Promise.all(duringRun);
    expect(older).toMatchObject({ code: 'aborted' });
    expect(newer).toEqual(await ask(1));
    expect(newer).toMatchObject([{ model: 'Games/pretrain' }]);
    const { customers, models } = await second.recommendChoices(TINY, null, 'Games');
    expect(customers).toHaveLength(8);
    expect(models.every(({ isReady }) => isReady)).toBe(true);
    expect(cached.slice(0, 10)).toEqual(done.slice(0, 10));
    const late = await recall(second);
    expect(late.outcome).toEqual({ ...outcome, seconds: late.outcome.seconds });
    for (const type of ['results', 'answers', 'note', 'analysis'] as const) {
      expect(late.events.filter((event) => event.type === type)).toEqual(
        told.filter((event) => event.type === type),
      );
    }
    const curves = (events: readonly RunEvent[]) =>
      new Map(events.flatMap((event) => (event.type === 'loss' ? [[event.jobId, event]] : [])));
    expect([...curves(late.events).keys()]).toEqual([...curves(told).keys()]);
    expect(curves(late.events).size).toBeGreaterThan(4);
    expect(outcome.rows.length).toBe((22 + 6) * 9);
    expect(outcome.checkpoints.map(({ name }) => name)).toContain('Books/phase2/seed1');
    const files = await exportedFiles(second, outcome.checkpoints[0]?.id ?? '');
    expect([...files.keys()]).toContain('model.safetensors');
  });
});
