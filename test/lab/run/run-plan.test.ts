import { beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { makesCheckpoint } from '../../../src/lab/jobs/job-list.ts';
import type { LabStore } from '../../../src/lab/checkpoints/lab-store.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan, type PlanOutcome } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';

const NOW = Date.UTC(2026, 0, 2);
const experiment = tinyExperiment();
const dataset = await datasetOf(experiment, null);

function newStore(): StoredResults {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => NOW);
}

interface Watched {
  readonly events: RunEvent[];
  readonly outcome: PlanOutcome;
}

/** Runs the plan; `stopAt` aborts it from inside an event, as a click would. */
async function run(
  plan: Plan,
  store: LabStore,
  stopAt: (event: RunEvent) => boolean = () => false,
  events: RunEvent[] = [],
  reason?: AppError,
): Promise<Watched> {
  const controller = new AbortController();
  const executor = createCpuExecutor();
  try {
    const outcome = await runPlan(plan, {
      experiment,
      dataset,
      executor,
      store,
      signal: controller.signal,
      now: () => NOW,
      emit: (event) => {
        events.push(event);
        if (stopAt(event)) controller.abort(reason);
      },
    });
    expect(executor.memory().liveBuffers).toBe(0);
    return { events, outcome };
  } finally {
    executor.destroy();
  }
}

function idOf(plan: Plan, title: string): string {
  const job = plan.jobs.find((candidate) => candidate.title === title);
  if (job === undefined) throw new Error(`no job "${title}"`);
  return job.id;
}

function doneIds(events: readonly RunEvent[], cached: boolean): string[] {
  return events.flatMap((event) =>
    event.type === 'job-done' && event.cached === cached ? [event.jobId] : [],
  );
}

describe('a run on the CPU executor', () => {
  let plan: Plan;
  let store: StoredResults;
  let whole: Watched;

  beforeAll(async () => {
    plan = await planExperiment(experiment, dataset.digest);
    store = newStore();
    whole = await run(plan, store);
  }, 120_000);

  /** Every checkpoint bit for bit, by job title. */
  async function bitsOf(of: StoredResults): Promise<Map<string, Float32Array | undefined>> {
    const bits = new Map<string, Float32Array | undefined>();
    for (const job of plan.jobs.filter(makesCheckpoint)) {
      bits.set(job.title, (await of.getCheckpoint(job.id))?.parameters);
    }
    return bits;
  }

  it('finishes every job, in order, and says so', () => {
    const { events, outcome } = whole;
    expect(outcome.status).toBe('done');
    expect(doneIds(events, false)).toEqual(plan.jobs.map(({ id }) => id));
    expect(events[0]).toMatchObject({ type: 'plan' });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });

  it('measures every model and baseline', () => {
    const { rows } = whole.outcome;
    // 22 evaluations and 2 x 3 baselines, 3 metrics at 3 cut-offs each
    expect(rows).toHaveLength((22 + 6) * 9);
    expect(rows.every(({ value }) => value >= 0 && value <= 100)).toBe(true);
    expect(rows.filter(({ own }) => own).every(({ nUsers }) => nUsers === 8)).toBe(true);
    expect(rows.filter(({ own }) => !own).every(({ nUsers }) => nUsers === 4)).toBe(true);
    expect(new Set(rows.map(({ runId }) => runId))).toEqual(new Set([plan.runId]));
  });

  it('reports the loss of every training step', () => {
    const jobId = idOf(plan, 'train Games phase1');
    const losses = whole.events.flatMap((event) =>
      event.type === 'loss' && event.jobId === jobId ? event.losses : [],
    );
    const steps = whole.events.flatMap((event) =>
      event.type === 'loss' && event.jobId === jobId ? event.steps : [],
    );
    expect(steps.length).toBeGreaterThan(0);
    expect(steps).toEqual(steps.map((_, index) => index));
    expect(losses.every((loss) => loss > 0 && loss < 10)).toBe(true);
  });

  it('keeps where each checkpoint comes from', async () => {
    const stored = await store.getCheckpoint(idOf(plan, 'train Books phase1'));
    expect(stored?.meta).toMatchObject({
      name: 'Books/phase1/seed1',
      kind: 'train',
      datasetDigest: dataset.digest,
      seed: 1,
      context: { domain: 'Books', stage: 'phase1' },
      parents: [
        {
          role: 'predecessor',
          id: idOf(plan, 'train Books pretrain'),
          name: 'Books/pretrain/seed1',
        },
      ],
      adapter: { backend: 'cpu' },
      createdAt: new Date(NOW).toISOString(),
    });
    expect(stored?.meta.curve?.losses).toHaveLength(stored?.meta.steps ?? -1);
  });

  it('takes everything from the store the second time, with the same rows and curves', async () => {
    const again = await run(plan, store);
    expect(doneIds(again.events, true)).toEqual(plan.jobs.map(({ id }) => id));
    expect(again.outcome.rows).toEqual(whole.outcome.rows);
    expect(again.events.filter(({ type }) => type === 'loss')).toHaveLength(7);
  });

  it('continues after a stop in the middle of training as if there had been none', async () => {
    const other = newStore();
    const stopped = idOf(plan, 'train Books phase1');
    const first = await run(plan, other, (event) => {
      return event.type === 'job-progress' && event.jobId === stopped;
    });
    expect(first.outcome.status).toBe('stopped');
    expect(first.events.at(-1)).toEqual({ type: 'stopped' });
    expect(await other.getCheckpoint(stopped)).toBeNull();
    const finished = doneIds(first.events, false);
    expect(finished.length).toBeGreaterThan(5);
    expect(finished).not.toContain(stopped);

    const second = await run(plan, other);
    expect(doneIds(second.events, true)).toEqual(finished);
    expect(second.outcome.rows).toEqual(whole.outcome.rows);
    expect(await bitsOf(other)).toEqual(await bitsOf(store));
  }, 120_000);

  it('makes a damaged result again, and only that', async () => {
    const damaged = idOf(plan, 'merge average');
    let isDamaged = true;
    const other: LabStore = {
      health: store.health,
      getArtefact: (id) => store.getArtefact(id),
      putArtefact: (id, kind, value) => store.putArtefact(id, kind, value),
      getCheckpoint: (id) => store.getCheckpoint(id),
      openCheckpoint: (id) =>
        id === damaged && isDamaged
          ? Promise.reject(new AppError('checkpoint-corrupt', 'part 0 has another SHA-256'))
          : store.openCheckpoint(id),
      putCheckpoint: (id, checkpoint) => {
        isDamaged = false;
        return store.putCheckpoint(id, checkpoint);
      },
      finishedOf: (ids) => store.finishedOf(ids),
    };
    const again = await run(plan, other);
    expect(doneIds(again.events, false)).toEqual([damaged]);
    expect(again.outcome.rows).toEqual(whole.outcome.rows);
  });

  it('stops at a job that fails, names it and stores nothing of it', async () => {
    const other = newStore();
    const failing: LabStore = {
      health: other.health,
      getArtefact: (id) => other.getArtefact(id),
      putArtefact: (id, kind, value) => other.putArtefact(id, kind, value),
      getCheckpoint: (id) => other.getCheckpoint(id),
      openCheckpoint: (id) => other.openCheckpoint(id),
      putCheckpoint: () => Promise.reject(new AppError('quota-exceeded', 'No storage left.')),
      finishedOf: (ids) => other.finishedOf(ids),
    };
    const events: RunEvent[] = [];
    await expect(run(plan, failing, undefined, events)).rejects.toMatchObject({
      code: 'quota-exceeded',
    });
    const base = idOf(plan, 'train base');
    expect(events.at(-1)).toMatchObject({
      type: 'job-failed',
      jobId: base,
      error: { code: 'quota-exceeded' },
    });
    expect(await other.getCheckpoint(base)).toBeNull();
    expect(await other.getArtefact(idOf(plan, 'semantic ids Games'))).not.toBeNull();
  }, 60_000);

  it('that another tab ends tells why, after the event that it stopped', async () => {
    const other = newStore();
    const events: RunEvent[] = [];
    const lost = new AppError('lock-lost', 'Another tab of this app has taken over.');
    const isMidway = ({ type }: RunEvent) => type === 'job-progress';
    await expect(run(plan, other, isMidway, events, lost)).rejects.toBe(lost);
    expect(events.at(-1)).toEqual({ type: 'stopped' });
    expect(events.some(({ type }) => type === 'job-failed')).toBe(false);
  });

  it('does nothing when it is stopped before it starts', async () => {
    const { events, outcome } = await run(plan, newStore(), ({ type }) => type === 'plan');
    expect(outcome).toMatchObject({ status: 'stopped', rows: [] });
    expect(events.map(({ type }) => type)).toEqual(['plan', 'stopped']);
  });
});
