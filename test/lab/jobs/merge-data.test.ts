import { expect, it } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const AVERAGE = '  - { name: average, over: domains, method: simple_average }\n';
const DATA = `  - { name: mean, over: domains, method: simple_average }
  - { name: fisher, over: domains, method: fisher }
  - { name: regmean, over: domains, method: regmean }
  - { name: ada, over: domains, method: adamerging, base: pretrain-mean, parameters: { max_steps: 3, lr: 0.1 } }
`;

it('merges with what the models’ own training rows say: Fisher, RegMean, AdaMerging', async () => {
  const experiment = tinyExperiment({
    [AVERAGE]: DATA,
    '  - { name: ties, over: domains, method: ties, base: pretrain-mean }\n': '',
    '  - { name: velocity, over: periods, method: velocity, parameters: { alpha: 0.05 } }\n': '',
  });
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), Date.now);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const emit = () => undefined;
  const now = () => 0;
  await runPlan(plan, { experiment, dataset, executor, store, signal, now, emit });
  const merged = new Map<string, Float32Array>();
  for (const job of plan.jobs) {
    if (job.kind !== 'merge') continue;
    const { method } = job.settings;
    const stored = await store.getCheckpoint(job.id);
    // The mean of the two pretrain cells is a merge as well: the one over phase2 counts.
    if (stored !== null) merged.set(method, stored.parameters);
  }
  const mean = merged.get('simple_average') ?? new Float32Array();
  for (const method of ['fisher', 'regmean', 'adamerging']) {
    const arena = merged.get(method);
    expect(arena?.length, method).toBe(mean.length);
    expect(arena?.every(Number.isFinite), method).toBe(true);
    expect(arena, method).not.toEqual(mean);
  }
  expect(executor.memory().liveBuffers).toBe(0);
});
