import { beforeAll, describe, expect, it } from 'vitest';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { runData } from '../../../src/lab/export/run-data.ts';
import { planDigest } from '../../../src/lab/inspection/inspect-experiment.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { measuredModels, referenceFault } from '../../../src/lab/plan/measured-models.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { clicksCsv, differencesCsv, usersCsv } from '../../../src/lab/results/answers-csv.ts';
import { NO_ANSWERS, withAnswers, type RunAnswers } from '../../../src/lab/results/answers.ts';
import { differencesTo } from '../../../src/lab/results/differences.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const { signal } = new AbortController();

async function opened(name: string) {
  const experiment = experimentFrom(documentText(name));
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, await planDigest(experiment, dataset));
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const run = async () => {
    const executor = await openWasm();
    const events: RunEvent[] = [];
    const emit = (event: RunEvent) => events.push(event);
    const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
    const { rows } = await runPlan(plan, options);
    const data = await runData(options);
    executor.destroy();
    const answers = events.reduce<RunAnswers>(
      (all, event) => (event.type === 'answers' ? withAnswers(all, event) : all),
      NO_ANSWERS,
    );
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    return { rows, answers, notes, data, events };
  };
  return { experiment, plan, store, run };
}

/** The stored result of a job without one of its parts, as an older build stored it. */
async function forget(plan: Plan, store: StoredResults, title: string, key: string) {
  const job = plan.jobs.find((one) => one.title === title);
  const stored = (await store.getArtefact(job?.id ?? '')) as Record<string, unknown>;
  const { [key]: part, baselines, ...kept } = stored;
  const older = Array.isArray(baselines)
    ? baselines.map((one: Record<string, unknown>) => ({ ...one, [key]: undefined }))
    : undefined;
  expect(part ?? older).toBeDefined();
  const value = { ...kept, ...(older !== undefined && { baselines: older.map(withoutHoles) }) };
  await store.putArtefact(job?.id ?? '', 'baseline', value);
}

function withoutHoles(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

describe('what a run tells of its users', () => {
  let first: Awaited<ReturnType<Awaited<ReturnType<typeof opened>>['run']>>;
  let tiny: Awaited<ReturnType<typeof opened>>;

  beforeAll(async () => {
    tiny = await opened('tiny');
    first = await tiny.run();
  });

  it('is an answer to every user of every row, whom it asked told once', () => {
    const { rows, answers, events } = first;
    expect(answers.models).toHaveLength(new Set(rows.map((row) => keyOf(row))).size);
    const asked = events.flatMap((event) => (event.type === 'answers' ? event.asked : []));
    expect(asked.map(({ domain, users }) => [domain, users.length])).toEqual([
      ['Games', 8],
      ['Books', 8],
      ['Books', 4],
      ['Games', 4],
    ]);
    for (const { users, items } of asked) {
      expect(new Set(users).size).toBe(users.length);
      expect(items.every((item) => /^(Games|Books)-i\d+$/.test(item))).toBe(true);
    }
  });

  it('is known by name before the run', () => {
    const { plan, experiment } = tiny;
    const names = measuredModels(plan.jobs, experiment.contexts.domains);
    const measured = new Set(first.rows.map(({ model }) => model));
    expect([...measured].filter((model) => !names.includes(model))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['phase2', 'velocity', 'co-occurrence']));
    expect(referenceFault('phase2', names)).toBeNull();
    expect(referenceFault('phase9', names)).toMatch(
      /^Nothing that is measured is called "phase9"\. It may be one of: .*co-occurrence/,
    );
    for (const name of names) expect(differencesTo(first.answers, name).length).toBeGreaterThan(0);
  });

  it('goes into files with a line a user, and a domain’s data behind them', () => {
    const lines = usersCsv(first.answers)?.trimEnd().split('\r\n') ?? [];
    const expected = first.answers.models.reduce(
      (sum, one) => sum + (one.type === 'ranks' ? one.ranks.length : 0),
      0,
    );
    expect(lines).toHaveLength(expected + 1);
    expect(clicksCsv(first.answers)).toBeNull();
    const rows = differencesTo(first.answers, 'phase2');
    expect(differencesCsv(rows).split('\r\n')).toHaveLength(rows.length + 2);
    expect(first.data.map(({ domain, name }) => `${domain ?? ''}/${name}`)).toEqual([
      '/protocol.json',
      ...['Games', 'Books'].flatMap((domain) =>
        ['interactions', 'items', 'filter', 'characteristics', 'periods', 'cumulative'].map(
          (name) => `${domain}/${name}.csv`,
        ),
      ),
      ...['Games', 'Books'].flatMap((domain) =>
        ['codes-seed1', 'features-seed1'].map((name) => `${domain}/${name}.csv`),
      ),
    ]);
  });

  it('leaves out what an older build stored without it, and says so; the numbers stay', async () => {
    await forget(tiny.plan, tiny.store, 'baselines Games', 'ranks');
    const again = await tiny.run();
    expect(again.rows).toEqual(first.rows);
    expect(again.answers.models).toHaveLength(first.answers.models.length - 3);
    expect(again.notes.filter((text) => text.startsWith('baselines Games'))).toHaveLength(3);
    expect(again.notes.join('\n')).toMatch(
      /baselines Games: an older build stored the results of "co-occurrence", without what each user was answered/,
    );
  });
});

describe('what a run of click models tells of its users', () => {
  it('is a score for every impression, and an error over users; an older result has neither', async () => {
    const { plan, store, run } = await opened('gpsd-tiny');
    const { rows, answers, data } = await run();
    expect(rows.every(({ userError }) => Number.isFinite(userError))).toBe(true);
    const [asked] = answers.asked;
    expect(asked?.labels).toHaveLength(asked?.users.length ?? -1);
    const lines = clicksCsv(answers)?.trimEnd().split('\r\n') ?? [];
    const scored = answers.models.flatMap((one) => (one.type === 'scores' ? one.scores : []));
    expect(lines).toHaveLength(scored.length + 1);
    expect(usersCsv(answers)).toBeNull();
    expect(data.map(({ name }) => name)).toContain('impressions.csv');
    await forget(plan, store, 'evaluate Games/NT on Games', 'scores');
    const again = await run();
    expect(again.answers.models).toHaveLength(answers.models.length - 1);
    expect(again.notes.join('\n')).toMatch(/an older build stored the results of "Games\/NT"/);
  });
});

function keyOf({ model, kind, evalDomain, split, seed }: ResultRow): string {
  return JSON.stringify([model, kind, evalDomain, split, seed]);
}
