import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { AppError } from '../../../src/core/errors.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import type { KeyValueStore } from '../../../src/store/key-value.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { SnapshotStore } from '../../../src/store/snapshots.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { tinyExperiment } from '../document/documents.ts';

const experiment = tinyExperiment();
const dataset = await datasetOf(experiment, null);
const TITLE = 'train base';

describe('a snapshot that cannot be used', () => {
  let executor: Executor;
  let plan: Plan;
  let base: Float32Array | undefined;

  beforeAll(async () => {
    executor = await openWasm();
    const whole = await planExperiment(experiment, dataset.digest);
    const needed = ['prepare', 'ids', 'base'];
    plan = { ...whole, jobs: whole.jobs.filter(({ kind }) => needed.includes(kind)) };
    const { results } = world();
    await run(results, null);
    base = await weights(results);
  });

  afterAll(() => {
    executor.destroy();
  });

  function world(store: KeyValueStore = new MemoryStore()) {
    const snapshots = new SnapshotStore(store);
    const checkpoints = new CheckpointStore(new MemoryStore());
    const artefacts = new ArtefactStore(new MemoryStore());
    const results = new StoredResults(checkpoints, artefacts, () => 0, undefined, snapshots);
    return { store, snapshots, results };
  }

  /** @param stopAt step of the base after which the run is stopped; null: none */
  async function run(store: StoredResults, stopAt: number | null, on = executor, now = () => 0) {
    const controller = new AbortController();
    const notes: string[] = [];
    const { status } = await runPlan(plan, {
      ...{ experiment, dataset, executor: on, store, now },
      signal: controller.signal,
      emit: (event) => {
        if (event.type === 'note') notes.push(event.text);
        if (event.type === 'job-progress' && event.done === stopAt) controller.abort();
      },
    });
    return { status, notes: notes.filter((note) => note.includes(`"${TITLE}"`)) };
  }

  const weights = async (results: StoredResults) =>
    (await results.getCheckpoint(jobId()))?.parameters;

  function jobId(): string {
    const job = plan.jobs.find(({ title }) => title === TITLE);
    if (job === undefined) throw new Error('no base');
    return job.id;
  }

  /** A world in which the base was stopped after its fourth step. */
  async function stopped() {
    const own = world();
    expect(await run(own.results, 4)).toEqual({ status: 'stopped', notes: [] });
    expect(await own.snapshots.list()).toMatchObject([{ id: jobId() }]);
    return own;
  }

  it('is told where it can: the job is continued, and nothing of it stays', async () => {
    const { results, snapshots } = await stopped();
    const { notes } = await run(results, null);
    expect(notes).toEqual([`"${TITLE}" is continued at step 4 of 6.`]);
    expect(await weights(results)).toEqual(base);
    expect(await snapshots.has(jobId())).toBe(false);
  });

  it.each(['snapshot/', 'part/'])('is damaged in %s: told, and trained anew', async (prefix) => {
    const { results, snapshots, store } = await stopped();
    const id = jobId();
    const key = prefix === 'part/' ? `part/${id}~0/000000` : `snapshot/${id}~0/`;
    const [value] = await store.getMany([key]);
    if (value instanceof Uint8Array) value[5] = (value[5] ?? 0) ^ 1;
    else (value as { facts: { step: number } }).facts.step = 3;
    await store.write([], [[key, value]]);
    const { notes } = await run(results, null);
    const what = prefix === 'part/' ? 'a part' : 'its description';
    expect(notes).toEqual([
      `Warning: "${TITLE}" begins anew: what was stored on its way is lost. A snapshot is damaged: ${what} has another SHA-256.`,
    ]);
    expect(await weights(results)).toEqual(base);
    expect(await snapshots.has(id)).toBe(false);
  });

  it('is of another machine, whose bits are others: told, and trained anew', async () => {
    const { results } = await stopped();
    const twin = await openWasm({ mayRelax: false });
    const { notes } = await run(results, null, twin);
    const text = 'it was interrupted on another machine or by another version of this app.';
    expect(notes).toEqual([`"${TITLE}" begins anew: ${text}`]);
    const alone = world().results;
    await run(alone, null, twin);
    const own = await weights(results);
    expect(own).toEqual(await weights(alone));
    expect(own).not.toEqual(base);
    twin.destroy();
  });

  it('finds no room: told once, and trained without', async () => {
    const full = new MemoryStore();
    full.writeEach = () => Promise.reject(new AppError('quota-exceeded', 'The disk is full.'));
    const { results } = world(full);
    let time = 0;
    const { status, notes } = await run(results, null, executor, () => (time += 60_000));
    expect(status).toBe('done');
    expect(notes).toEqual([
      `Warning: "${TITLE}" cannot store where it is: an interruption would lose its training. The disk is full.`,
    ]);
    expect(await weights(results)).toEqual(base);
  });

  it('gives its room to the result', async () => {
    const { results, snapshots } = await stopped();
    const put = results.putCheckpoint.bind(results);
    results.putCheckpoint = async (id, checkpoint) => {
      if (await snapshots.has(id)) throw new AppError('quota-exceeded', 'The disk is full.');
      await put(id, checkpoint);
    };
    expect((await run(results, null)).status).toBe('done');
    expect(await weights(results)).toEqual(base);
  });

  it('is left by no job of less than ten seconds', async () => {
    const store = new MemoryStore();
    let written = 0;
    const write = store.writeEach.bind(store);
    store.writeEach = (...all) => {
      written += 1;
      return write(...all);
    };
    let time = 0;
    await run(world(store).results, null, executor, () => (time += 100));
    expect(written).toBe(0);
    await run(world(store).results, null, executor, () => (time += 4000));
    expect(written).toBeGreaterThan(0);
  });

  it('is removed where its job was finished by a process that died before that', async () => {
    const { results, snapshots } = await stopped();
    const other = world();
    await run(other.results, null);
    const whole = await other.results.getCheckpoint(jobId());
    if (whole === null) throw new Error('no base');
    await results.putCheckpoint(jobId(), whole);
    expect(await snapshots.has(jobId())).toBe(true);
    expect((await run(results, null)).notes).toEqual([]);
    expect(await snapshots.has(jobId())).toBe(false);
  });
});
