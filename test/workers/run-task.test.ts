import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AdapterProfile } from '../../src/compute/executor.ts';
import type { RunLimits } from '../../src/lab/run/claims.ts';
import type { HeadlessMessage, HeadlessTask } from '../../workers/headless/headless-messages.ts';
import { runTask, type HeadlessHost, type HeadlessLab } from '../../workers/headless/run-task.ts';
import type { Inspection } from '../../workers/lab/api.ts';

const CPU: AdapterProfile = {
  kind: 'cpu',
  name: 'CPU',
  isSoftware: true,
  vendor: '',
  architecture: 'wasm',
  description: 'fused multiply-add',
  features: [],
  limits: {},
};
const HARDWARE = { ...CPU, kind: 'webgpu' as const, name: 'GPU', isSoftware: false };

const INSPECTION: Inspection & { ok: true } = {
  ok: true,
  name: 'tiny',
  jobs: [
    { id: 'aa', kind: 'prepare', title: 'prepare', inputs: [], cell: null, seed: 1, model: null },
    {
      id: 'bb',
      kind: 'train',
      title: 'train',
      inputs: ['aa'],
      cell: null,
      seed: 1,
      model: { role: 'cell' },
    },
  ],
  models: [],
  finished: [],
  contexts: [],
  leaks: 0,
  parameters: 7,
  notes: [],
  memoryBytes: 123,
};

interface Played {
  readonly profile?: AdapterProfile;
  readonly inspection?: Inspection;
  readonly task?: Partial<HeadlessTask>;
  readonly isStopped?: boolean;
}

/** A run on a host that is played; what it told, what it was asked to run and what it wrote. */
async function play({ profile = CPU, inspection = INSPECTION, task = {}, isStopped }: Played) {
  const told: HeadlessMessage[] = [];
  const ran: (RunLimits | undefined)[] = [];
  const written: string[] = [];
  const lab: HeadlessLab = {
    open: (choice) => Promise.resolve({ choice, profile, reason: 'No GPU.', hint: 'Get one.' }),
    openBase: () => Promise.reject(new Error('There is no base.')),
    baseNeed: () => Promise.reject(new Error('There is no base.')),
    inspect: () => Promise.resolve(inspection),
    run: (_document, _dataset, port, limits) => {
      ran.push(limits);
      port.postMessage([{ type: 'finished', seconds: 1 }]);
      port.close();
      return Promise.resolve({
        status: 'done',
        seconds: 1,
        rows: [],
        analyses: [],
        checkpoints: [{ name: 'Games/phase1', id: 'bb' }],
      });
    },
    async *exportPieces() {
      await Promise.resolve();
      yield { path: 'config.json', bytes: new Uint8Array(1) };
    },
    runData: () => {
      const files = [
        { domain: null, name: 'protocol.json', text: '{}' },
        { domain: 'Games', name: 'items.csv', text: 'item' },
      ];
      return Promise.resolve(files);
    },
    stop: () => Promise.resolve(),
  };
  const nothing = {
    list: () => Promise.resolve([]),
    read: () => Promise.reject(new Error('none')),
  };
  const host: HeadlessHost = {
    lab,
    name: 'Test 1',
    title: 'a test',
    importFiles: () => Promise.reject(new Error('There are no files.')),
    data: nothing,
    base: nothing,
    out: {
      writeFile: async (path) => void written.push(path),
      writeFolder: async (path) => void written.push(`${path}/`),
    },
  };
  const document = readFileSync('experiments/tiny.yaml', 'utf8');
  const whole: HeadlessTask = { document, executor: 'auto', ...task };
  await runTask(whole, host, { isAsked: isStopped ?? false }, async (message) => {
    told.push(message);
  });
  return { told, ran, written, types: told.map(({ type }) => type), last: told.at(-1) };
}

describe('a headless run, whatever its host', () => {
  it('tells machine, plan, events, what was written and the end; results.json is the last file', async () => {
    const { types, written, ran } = await play({});
    expect(types.filter((type) => type !== 'written')).toEqual([
      ...['session', 'planned', 'events', 'ended'],
    ]);
    expect(ran).toEqual([undefined]);
    expect(written).toEqual([
      ...['results.csv', 'data/contexts.csv', 'data/protocol.json', 'data/Games/items.csv'],
      ...['report.html', 'checkpoints/Games-phase1/', 'results.json'],
    ]);
  });

  it.each([
    ['the CPU', CPU],
    ['an imitated GPU', { ...HARDWARE, isSoftware: true }],
  ])('fails on %s where a GPU is required, before anything is read', async (_, profile) => {
    const { types, last, ran } = await play({ profile, task: { requireGpu: true } });
    expect(types).toEqual(['session', 'failed']);
    expect(last).toMatchObject({
      error: {
        code: 'adapter-unavailable',
        message: 'No hardware GPU computes here. No GPU.',
        hint: `Nothing was run; without --require-gpu it would be ${profile.name}.`,
      },
    });
    expect(ran).toEqual([]);
  });

  it('runs on a hardware GPU that is required', async () => {
    const { last } = await play({ profile: HARDWARE, task: { requireGpu: true } });
    expect(last).toMatchObject({ type: 'ended', status: 'done' });
  });

  it('ends with the plan where only that is asked for', async () => {
    const { types, last, ran } = await play({ task: { isPlanOnly: true } });
    expect(types).toEqual(['session', 'planned']);
    expect(last).toMatchObject({ memoryBytes: 123, jobs: INSPECTION.jobs });
    expect(ran).toEqual([]);
  });

  it('makes one job whose inputs are there, and writes nothing', async () => {
    const inspection = { ...INSPECTION, finished: ['aa'] };
    const { ran, written, last } = await play({ inspection, task: { limits: { job: 'bb' } } });
    expect(ran).toEqual([{ job: 'bb' }]);
    expect(written).toEqual([]);
    expect(last).toMatchObject({ type: 'ended', status: 'done' });
  });

  it.each([
    ['a job of another plan', { job: 'cc' }, [], 'experiment-invalid', []],
    ['a job before its inputs', { job: 'bb' }, [], 'data-missing', ['aa']],
    ['collecting half of the results', { mayCompute: false }, ['aa'], 'data-missing', ['bb']],
    ['collecting none', { mayCompute: false }, [], 'data-missing', ['aa', 'bb']],
  ])('refuses %s', async (_, limits, finished, code, missing) => {
    const inspection = { ...INSPECTION, finished };
    const { ran, written, last } = await play({ inspection, task: { limits } });
    expect(last).toMatchObject({ type: 'refused', error: { code } });
    const places = last?.type === 'refused' ? last.faults.map(({ place }) => place) : [];
    expect(places).toEqual(missing);
    expect([ran, written]).toEqual([[], []]);
  });

  it('refuses a document with faults, naming them, and data that do not fit it', async () => {
    const { last, types } = await play({
      task: { document: 'schema: mmgrid-experiment/1\nx: 1\n' },
    });
    expect(types).toEqual(['refused']);
    expect(last).toMatchObject({ error: { code: 'experiment-invalid' } });
    const faults = [{ place: 'data', message: 'are too few' }];
    const unfit = await play({ inspection: { ok: false, faults } });
    expect(unfit.last).toMatchObject({ type: 'refused', error: { code: 'data-invalid' }, faults });
    expect(unfit.ran).toEqual([]);
  });

  it('leaves out users and data where they are not wanted', async () => {
    const { written } = await play({ task: { users: false } });
    expect(written).toEqual([
      ...['results.csv', 'report.html', 'checkpoints/Games-phase1/', 'results.json'],
    ]);
  });

  it('refuses a reference that nothing will be called, before anything is run', async () => {
    const inspection = { ...INSPECTION, models: ['Games/phase1', 'phase1'] };
    const { last, ran } = await play({ inspection, task: { reference: 'SASRec' } });
    expect(last).toMatchObject({
      type: 'refused',
      error: { code: 'experiment-invalid', message: 'The results have no such reference.' },
      faults: [
        {
          place: '--reference',
          message:
            'Nothing that is measured is called "SASRec". It may be one of: Games/phase1, phase1.',
        },
      ],
    });
    expect(ran).toEqual([]);
    const known = await play({ inspection, task: { reference: 'phase1' } });
    expect(known.written).toContain('differences.csv');
    expect(known.last).toMatchObject({ compared: { reference: 'phase1', differences: [] } });
  });

  it('stops before the plan when that was asked for meanwhile', async () => {
    const { last, ran } = await play({ isStopped: true });
    expect(last).toMatchObject({ type: 'ended', status: 'stopped' });
    expect(ran).toEqual([]);
  });
});
