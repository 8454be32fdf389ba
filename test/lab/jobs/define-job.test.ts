import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { defineCheckpointJob, defineJob } from '../../../src/lab/work/define-job.ts';
import {
  jobModule,
  jobModules,
  makesCheckpoint,
  registerJob,
} from '../../../src/lab/jobs/job-list.ts';
import type { Job } from '../../../src/lab/job/job.ts';
import type { Plan } from '../../../src/lab/plan/plan.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { checkpointMeta } from '../../../src/lab/work/provenance.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';

declare module '../../../src/lab/job/job.ts' {
  interface JobTypes {
    readonly 'test-count': MakesArtefact<
      { readonly domain: string },
      { readonly model?: string },
      { readonly name: string }
    >;
    readonly 'test-model': MakesCheckpoint<{ readonly value: number }, Record<never, never>>;
  }
}

/** Users of a domain; a row of results says how many. */
const countJob = defineJob({
  kind: 'test-count',
  rank: ({ name }) => (name === 'first' ? 0 : 1),
  makes: v.object({ users: v.number() }),
  run: ({ settings }, context) => ({ users: context.domainData(settings.domain).userIds.length }),
  rows: (runId, job, { users }) => [
    {
      ...{ runId, modelId: job.id, model: job.name, kind: 'baseline', recipeHash: '' },
      ...{ evalDomain: job.settings.domain, evalPeriod: 'test', split: 'test', metric: 'recall' },
      ...{ k: 10, value: users, standardError: 0, nUsers: users, seed: job.seed, tier: 'full' },
      ...{ own: true, backend: 'cpu', adapter: 'none', engineVersion: '1', createdAt: '' },
    },
  ],
});

const SIZES = {
  ...{ layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32, tied: true },
  ...{ qkNorm: true, normEps: 1e-6, ropeTheta: 1e6, vocabSize: 8, maxPositions: 8 },
};

const modelJob = defineCheckpointJob({
  kind: 'test-model',
  rank: 0,
  makes: 'checkpoint',
  card: 'A model of this test',
  model: { role: 'start', name: 'test' },
  run: (job, context) =>
    Promise.resolve({
      parameters: initialParameters(SIZES, 1).fill(job.settings.value, 3, 4),
      meta: checkpointMeta(job, context, {
        ...{ config: SIZES, vocabulary: { levels: 0, codes: 0 }, context: null },
        ...{ semanticIds: {}, parents: [], steps: 0, curve: null },
      }),
    }),
});

function planOf(value: number): Plan {
  const head = { seed: 1, cell: null } as const;
  const model: Job = {
    ...{ id: 'm'.repeat(64), kind: 'test-model', title: 'a model', ...head },
    ...{ settings: { value }, inputs: {} },
  };
  const count: Job = {
    ...{ id: 'c'.repeat(64), kind: 'test-count', title: 'count Games', name: 'users', ...head },
    ...{ settings: { domain: 'Games' }, inputs: { model: model.id } },
  };
  return { runId: 'test', jobs: [model, count], checkpoints: [{ name: 'mine', id: model.id }] };
}

async function run(plan: Plan, store = newStore()) {
  const experiment = tinyExperiment();
  const dataset = await datasetOf(experiment, null);
  const events: RunEvent[] = [];
  const executor = createCpuExecutor();
  const outcome = await runPlan(plan, {
    ...{ experiment, dataset, executor, store, signal: new AbortController().signal },
    now: () => 0,
    emit: (event) => events.push(event),
  });
  executor.destroy();
  return { ...outcome, events, store };
}

function newStore(): StoredResults {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
}

describe('a kind of job', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const one of undo.splice(0)) one();
  });

  it('that a module defines is run, stored, read back and found again', async () => {
    undo.push(registerJob(countJob), registerJob(modelJob));
    const first = await run(planOf(0.5));
    expect(first.rows.map(({ model, value }) => [model, value])).toEqual([['users', 40]]);
    expect((await first.store.getCheckpoint('m'.repeat(64)))?.meta).toMatchObject({
      kind: 'test-model',
      name: 'mine',
    });
    const again = await run(planOf(0.5), first.store);
    expect(again.rows).toEqual(first.rows);
    const cached = (events: readonly RunEvent[]) =>
      events.flatMap((event) => (event.type === 'job-done' ? [event.cached] : []));
    expect([cached(first.events), cached(again.events)]).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('may rank its jobs one by one, and says what it makes', () => {
    undo.push(registerJob(countJob), registerJob(modelJob));
    const [model, count] = planOf(0).jobs as [Job, Job];
    expect([model, count].map(makesCheckpoint)).toEqual([true, false]);
    expect(jobModule('test-count').rank(count)).toBe(1);
    expect(jobModule('test-count').rank({ ...count, name: 'first' } as Job)).toBe(0);
    expect(jobModule('test-model').card).toBe('A model of this test');
  });

  it('refuses to store a model that is no number', async () => {
    undo.push(registerJob(countJob), registerJob(modelJob));
    const store = newStore();
    await expect(run(planOf(NaN), store)).rejects.toMatchObject({
      code: 'non-finite',
      message: '"mine" holds a value that is no number.',
    });
    expect(await store.getCheckpoint('m'.repeat(64))).toBeNull();
  });

  it('that nobody listed, or that there is already, is an error', async () => {
    await expect(run(planOf(0))).rejects.toMatchObject({
      code: 'internal',
      message: 'No module runs jobs of kind "test-model".',
    });
    expect(() => registerJob(jobModule('merge'))).toThrow(/There is a kind of job "merge" already/);
    const before = jobModules().length;
    registerJob(countJob)();
    expect(jobModules()).toHaveLength(before);
  });

  it('takes no job of another kind', () => {
    const [model] = planOf(0).jobs as [Job, Job];
    expect(() => countJob.rank(model)).toThrow(/came to the module of "test-count"/);
  });

  it('is listed once', () => {
    const kinds = jobModules().map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.length).toBeGreaterThan(17);
  });
});
