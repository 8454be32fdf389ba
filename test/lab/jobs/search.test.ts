import { beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import type { SearchArtefact } from '../../../src/lab/results/artefacts.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { trialsCsv } from '../../../src/lab/work/search-rows.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { counted } from '../../merge/suites/counted-executor.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';

const MERGES = `merges:
  - { name: average, over: domains, method: simple_average }
  - { name: ties, over: domains, method: ties, base: pretrain-mean }
  - { name: velocity, over: periods, method: velocity, parameters: { alpha: 0.05 } }
`;

const SEARCHES = `searches:
  - name: alpha
    merge: { over: periods, method: velocity }
    vary: { alpha: { from: -0.5, to: 0.5, step: 0.25 } }
  - name: shares
    merge: { over: domains, method: task_arithmetic, base: pretrain-mean, gradients: { lambda: [0.5, 1] } }
    vary: { weight.Games: { from: 0, to: 1 }, weight.Books: { from: 0, to: 1 } }
    strategy: cma-es
    budget: 9
    objective: { metric: ndcg, k: 20, domains: pareto }
`;

const WITH_SEARCHES = {
  'filter: { minCount': 'validation: { start: 2024-06-01, end: 2024-07-01 }\n  filter: { minCount',
  [MERGES]: SEARCHES,
  'crossUsers: 4': 'crossUsers: 4, crossMatrix: false, baselines: false',
};

interface Ran {
  readonly events: RunEvent[];
  readonly status: string;
  readonly rows: Awaited<ReturnType<typeof runPlan>>['rows'];
}

const newStore = () =>
  new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );

async function ran(
  experiment: Experiment,
  plan: Plan,
  store: StoredResults,
  executor: Executor,
  stopAfterTrials = Infinity,
): Promise<Ran> {
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const outcome = await runPlan(plan, {
    experiment,
    dataset: await datasetOf(experiment, null),
    executor,
    store,
    signal: controller.signal,
    now: () => 0,
    emit: (event) => {
      events.push(event);
      if (events.filter(({ type }) => type === 'trials').length >= stopAfterTrials) {
        controller.abort();
      }
    },
  });
  expect(executor.memory().liveBuffers).toBe(0);
  return { events, status: outcome.status, rows: outcome.rows };
}

const trialsOf = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === 'trials' ? [event] : []));

describe('searches of an experiment', () => {
  const experiment = tinyExperiment(WITH_SEARCHES);
  const store = newStore();
  let plan: Plan;
  let whole: Ran;

  beforeAll(async () => {
    plan = await planExperiment(experiment, (await datasetOf(experiment, null)).digest);
    const executor = await createWasmExecutor();
    whole = await ran(experiment, plan, store, executor);
    executor.destroy();
  }, 120_000);

  const artefactOf = async (title: string): Promise<SearchArtefact> => {
    const job = plan.jobs.find((one) => one.title === title);
    return (await store.getArtefact(job?.id ?? '')) as SearchArtefact;
  };

  it('plans one search per domain over periods, one for all over domains, and its best merge', () => {
    const titles = plan.jobs.map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('search'))).toEqual([
      'search alpha (Games)',
      'search alpha (Books)',
      'search shares',
    ]);
    expect(titles.filter((title) => title.startsWith('merge'))).toEqual([
      'merge alpha (Games)',
      'merge alpha (Books)',
      'merge shares',
    ]);
  });

  it('tries the whole grid and chooses on the validation window, the test beside it', async () => {
    const { trials, best, ended, front } = await artefactOf('search alpha (Games)');
    expect(trials.map(({ point }) => point['alpha'])).toEqual([-0.5, -0.25, 0, 0.25, 0.5]);
    expect(ended).toBe('budget');
    expect(front).toEqual([]);
    const highest = Math.max(...trials.map(({ score }) => score));
    const equals = trials.filter(({ score }) => score === highest);
    const sizes = equals.map(({ point }) => Math.abs(point['alpha'] ?? NaN));
    expect(trials[best]?.score).toBe(highest);
    expect(Math.abs(trials[best]?.point['alpha'] ?? NaN)).toBe(Math.min(...sizes));
    for (const { values, score } of trials) {
      expect(values.map(({ split }) => split).sort()).toEqual(['test', 'validation']);
      expect(score).toBe(values.find(({ split }) => split === 'validation')?.value);
    }
  });

  it('measures a trial as the merge job of the same numbers is measured', async () => {
    const { trials, best } = await artefactOf('search alpha (Games)');
    const rows = whole.rows.filter(
      ({ model, metric, k }) => model === 'alpha (Games)' && metric === 'recall' && k === 10,
    );
    expect(rows).toHaveLength(2);
    for (const { split, value } of rows) {
      expect(value).toBe(trials[best]?.values.find((one) => one.split === split)?.value);
    }
    const merged = plan.jobs.find(({ title }) => title === 'merge alpha (Games)');
    const { meta } = (await store.getCheckpoint(merged?.id ?? '')) ?? {};
    expect(meta?.settings['parameters']).toEqual(trials[best]?.parameters);
  });

  it('marks what nothing beats on all domains, and varies the numbers of single models', async () => {
    const { trials, front, best } = await artefactOf('search shares');
    expect(trials).toHaveLength(9);
    expect(front.length).toBeGreaterThan(0);
    expect(front).toContain(best);
    for (const { point, parameters } of trials) {
      expect(parameters['weight']).toEqual([point['weight.Games'], point['weight.Books']]);
    }
    const rows = whole.rows.filter(
      ({ model, metric, k, split }) =>
        model === 'shares' && metric === 'ndcg' && k === 20 && split === 'validation',
    );
    expect(rows.map(({ value }) => value)).toEqual(
      trials[best]?.values.filter(({ split }) => split === 'validation').map(({ value }) => value),
    );
  });

  it('goes on after a stop with the trials that are stored', async () => {
    const other = newStore();
    const { executor, counts } = counted(await createWasmExecutor());
    const stopped = await ran(experiment, plan, other, executor, 3);
    expect(stopped.status).toBe('stopped');
    expect(trialsOf(stopped)).toHaveLength(3);
    const before = counts.prepared;
    const second = await ran(experiment, plan, other, executor);
    executor.destroy();
    expect(counts.prepared).toBeGreaterThan(before);
    expect(second.rows).toEqual(whole.rows);
    expect(trialsOf(second).map(({ trials }) => trials)).toEqual(
      trialsOf(whole).map(({ trials }) => trials),
    );
    const again = await ran(experiment, plan, other, await createWasmExecutor());
    const told = trialsOf(again);
    expect(told.map(({ from }) => from)).toEqual([0, 0, 0]);
    expect(told.flatMap(({ trials }) => trials)).toEqual(
      trialsOf(whole).flatMap(({ trials }) => trials),
    );
  }, 120_000);

  it('writes every value of every trial as CSV', () => {
    const results = trialsOf(whole)
      .filter(({ search }) => search.name === 'alpha (Games)')
      .reduce<Parameters<typeof trialsCsv>[0]>(
        (all, { search, trials }) => [{ search, trials: [...(all[0]?.trials ?? []), ...trials] }],
        [],
      );
    const lines = trialsCsv(results).trim().split(/\r?\n/);
    expect(lines).toHaveLength(1 + 5 * 2);
    expect(lines.filter((line) => line.endsWith(',1'))).toHaveLength(2);
  });

  it('ends when its patience does', async () => {
    const impatient = tinyExperiment({
      ...WITH_SEARCHES,
      [MERGES]: SEARCHES.replace('step: 0.25 } }', 'step: 0.005 } }\n    patience: 2'),
    });
    const digest = (await datasetOf(impatient, null)).digest;
    const found = await planExperiment(impatient, digest);
    await ran(impatient, found, store, await createWasmExecutor());
    const job = found.jobs.find(({ title }) => title === 'search alpha (Games)');
    const { trials, ended } = (await store.getArtefact(job?.id ?? '')) as SearchArtefact;
    expect(ended).toBe('patience');
    const scores = trials.map(({ score }) => score);
    // Patience counts from where the highest score was first seen: equal ones are no progress.
    expect(trials).toHaveLength(scores.indexOf(Math.max(...scores)) + 3);
  }, 120_000);
});

describe('the document refuses searches', () => {
  const faultsOf = (search: string, more: Readonly<Record<string, string>> = {}) => {
    const parsed = parseExperiment(
      tinyWith({ ...WITH_SEARCHES, [MERGES]: `searches:\n  - ${search}\n`, ...more }),
    );
    return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
  };
  const velocity = 'merge: { over: periods, method: velocity }';

  it.each([
    [`{ name: a, ${velocity}, vary: { beta: { from: 0, to: 1 } } }`, 'no number "beta"'],
    [`{ name: a, ${velocity}, vary: { alpha: { from: 1, to: 0 } } }`, 'ends below its start'],
    [`{ name: a, ${velocity}, vary: { alpha: { from: 0, to: 200 } } }`, 'alpha'],
    [`{ name: a, ${velocity}, vary: { alpha.Games: { from: 0, to: 1 } } }`, 'one number'],
    [`{ name: a, ${velocity}, vary: {} }`, '1 to 32 numbers'],
    [`{ name: a, ${velocity}, vary: { alpha: { from: 0, to: 1, step: 0.00001 } } }`, 'points'],
    [
      `{ name: a, ${velocity}, vary: { alpha: { from: 0, to: 1 } }, objective: { k: 7 } }`,
      'one of the cut-offs',
    ],
    [
      '{ name: a, merge: { over: domains, method: linear }, vary: { weight.Toys: { from: 0, to: 1 } } }',
      'no model "Toys"',
    ],
    [
      '{ name: a, merge: { over: domains, method: linear, weights: { shape: linear } }, vary: { weight: { from: 0, to: 1 } } }',
      'over periods',
    ],
    [
      '{ name: a, merge: { over: domains, method: ties, parameters: { scope: global }, gradients: { density: [0.1, 1] } }, vary: { lambda: { from: 0, to: 1 } } }',
      'over depth',
    ],
  ])('%s', (search, message) => {
    const faults = faultsOf(search);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it('without a validation window, unless the test is asked for', () => {
    const search = `{ name: a, ${velocity}, vary: { alpha: { from: 0, to: 1 } } }`;
    const without = { 'validation: { start: 2024-06-01, end: 2024-07-01 }\n  ': '' };
    expect(faultsOf(search, without)[0]).toContain('split: test');
    expect(faultsOf(search.replace(' }', ' }').replace(/ }$/, ', split: test }'), without)).toEqual(
      [],
    );
  });

  it('but takes a rule of weights with its number varied', () => {
    const search =
      '{ name: a, merge: { over: periods, method: linear, weights: { shape: half-life, halfLife: 1 } }, vary: { weights.halfLife: { from: 0.25, to: 4 } }, strategy: coordinate }';
    expect(faultsOf(search)).toEqual([]);
  });
});
