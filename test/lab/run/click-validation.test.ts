import { describe, expect, it } from 'vitest';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planDigest } from '../../../src/lab/inspection/inspect-experiment.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { splitClicks } from '../../../src/lab/paradigms/discriminative/jobs/held-clicks.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const OWN = 'discriminative:\n';

/** The tiny document with more said of its training. */
function chosen(options: string): string {
  const text = documentText('gpsd-tiny');
  if (!text.includes(OWN)) throw new Error('gpsd-tiny.yaml has no such section');
  return text.replace(OWN, `${OWN}  ${options}\n`);
}

async function runOf(text: string) {
  const experiment = experimentFrom(text);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, await planDigest(experiment, dataset));
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => events.push(event);
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
  await runPlan(plan, options);
  expect(executor.memory().liveBuffers).toBe(0);
  return { plan, store, events };
}

function faultsOf(text: string): string[] {
  const parsed = parseExperiment(text);
  return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
}

describe('validation of click models', () => {
  it.each(['users', 'time'])('by %s chooses epochs of pretraining and strategies', async (by) => {
    const options = `validation: { by: ${by}, share: 0.3, patience: null }`;
    const { store, plan, events } = await runOf(chosen(options));
    const trained = plan.jobs.filter(({ kind }) => kind === 'train-click' || kind === 'pretrain');
    expect(trained.length).toBeGreaterThan(4);
    for (const { id, kind } of trained) {
      const { meta } = (await store.getCheckpoint(id)) ?? {};
      const { choice, behaviour } = meta ?? {};
      if (choice === undefined) throw new Error(`${String(meta?.name)} chose nothing`);
      const { values, epoch } = choice;
      expect(values[epoch]).toBe(Math.min(...values.slice(1)));
      if (kind === 'pretrain') continue;
      // What is kept is measured on the test afterwards: the choice did not look at it.
      const measured = behaviour?.epochs?.find((one) => one.epoch === epoch);
      expect(behaviour?.kept).toEqual(measured);
    }
    const notes = events.filter(({ type }) => type === 'note');
    expect(JSON.stringify(notes)).toContain('is kept, the best on');
  });

  it('refuses windows, and averages with a stage that there is not', () => {
    expect(faultsOf(chosen('validation: { by: window }'))).toEqual([
      expect.stringContaining('must be users or time'),
    ]);
    expect(faultsOf(chosen('average: { before: 0.5 }'))).toEqual([
      expect.stringContaining('no stage lies before a strategy'),
    ]);
  });

  it('holds nothing out of users or times that there are not', () => {
    const sample = (user: number, timeMs: number) => {
      const rest = { history: [], candidate: 1, label: 1 as const, numbers: [] };
      return { user, timeMs, ...rest };
    };
    const samples = Array.from({ length: 200 }, (_, i) => sample(i % 20, Math.floor(i / 4)));
    const rest = { share: 0.2, patience: 1 };
    const byTime = splitClicks('Games', samples, { by: 'time', ...rest });
    expect(byTime.held).toHaveLength(40);
    const newest = Math.max(...byTime.rows.map(({ timeMs }) => timeMs));
    expect(byTime.held.every(({ timeMs }) => timeMs > newest)).toBe(true);
    const byUsers = splitClicks('Games', samples, { by: 'users', ...rest });
    const users = new Set(byUsers.held.map(({ user }) => user));
    expect(users.size).toBeGreaterThan(0);
    expect(byUsers.rows.some(({ user }) => users.has(user))).toBe(false);
    expect(byUsers.rows.length + byUsers.held.length).toBe(200);
    const still = samples.map((one) => ({ ...one, timeMs: 5 }));
    expect(splitClicks('Games', still, { by: 'time', ...rest }).held).toEqual([]);
  });
});
