import { afterAll, expect, it } from 'vitest';
import tiny from '../../../experiments/tiny.yaml?raw';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import type { Plan } from '../../../src/lab/plan/plan.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { openStores } from '../../../src/store/open-stores.ts';
import { openExecutor } from '../../../workers/machine/open-executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';

const TITLE = 'train base';
const PREFIX = 'snapshots-test';

afterAll(() => {
  for (const name of ['a-cpu', 'b-cpu', 'a-webgpu', 'b-webgpu']) {
    for (const kind of ['checkpoints', 'artefacts']) {
      indexedDB.deleteDatabase(`${PREFIX}-${name}-${kind}`);
    }
  }
});

/** The jobs up to the base, on databases of this name that are opened anew. */
async function run(
  name: string,
  choice: 'webgpu' | 'cpu',
  { now = () => 0, stopAt }: { now?: () => number; stopAt?: number } = {},
) {
  const stores = await openStores(`${PREFIX}-${name}`);
  expect(stores.persistent).toBe(true);
  const experiment = experimentFrom(tiny);
  const dataset = await datasetOf(experiment, null);
  const whole = await planExperiment(experiment, dataset.digest);
  const jobs = whole.jobs.filter(({ kind }) => ['prepare', 'ids', 'base'].includes(kind));
  const plan: Plan = { ...whole, jobs };
  const { checkpoints, artefacts, snapshots } = stores;
  const store = new StoredResults(checkpoints, artefacts, now, undefined, snapshots);
  const executor = choice === 'cpu' ? (await openExecutor(choice)).executor : await sharedGpu();
  const controller = new AbortController();
  const notes: string[] = [];
  const emit = (event: RunEvent): void => {
    if (event.type === 'note') notes.push(event.text);
    if (event.type === 'job-progress' && event.done === stopAt) controller.abort();
  };
  const options = { experiment, dataset, executor, store, now, emit };
  const { status } = await runPlan(plan, { ...options, signal: controller.signal });
  const id = jobs.find(({ title }) => title === TITLE)?.id ?? '';
  const parameters = (await store.getCheckpoint(id))?.parameters;
  const isLeft = await snapshots.has(id);
  expect(executor.memory().liveBytes).toBe(0);
  executor.destroy();
  checkpoints.close();
  artefacts.close();
  return { status, parameters, isLeft, notes: notes.filter((note) => note.includes(TITLE)) };
}

it.each(['cpu', 'webgpu'] as const)(
  'a job that is stopped on %s goes on from the browser’s storage, with the same bits',
  async (choice) => {
    const whole = await run(`a-${choice}`, choice);
    expect(whole).toMatchObject({ status: 'done', isLeft: false, notes: [] });
    const stopped = await run(`b-${choice}`, choice, { stopAt: 4 });
    expect(stopped).toMatchObject({ status: 'stopped', parameters: undefined, isLeft: true });
    const again = await run(`b-${choice}`, choice);
    expect(again.notes).toEqual([`"${TITLE}" is continued at step 4 of 6.`]);
    expect(again).toMatchObject({ status: 'done', isLeft: false });
    expect(again.parameters).toEqual(whole.parameters);
    expect(again.parameters?.length).toBeGreaterThan(0);
  },
);
