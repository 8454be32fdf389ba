import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Recent } from '../../../src/core/recent.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

/** Keys of the items that were embedded: all others were found again. */
const embedded: string[] = [];

function spyOnMaking(): void {
  const get = Reflect.get(Recent.prototype, 'get') as Recent<unknown>['get'];
  vi.spyOn(Recent.prototype, 'get').mockImplementation(function (this: Recent<unknown>, key, make) {
    return get.call(this, key, () => {
      embedded.push(key);
      return make();
    });
  });
}

/** Runs the tiny experiment with titles; gives the number of its evaluations. */
async function evaluationsOf(grounding: string, seeds: string): Promise<number> {
  const experiment = tinyExperiment({
    'seeds: [1]': `seeds: ${seeds}`,
    'base: { epochs: 1 }': `base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }
paradigm: title
title: { positions: 32, titleTokens: 6, samples: 1, maxTokens: 2, grounding: ${grounding} }`,
  });
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const store = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  const executor = await openWasm();
  const { signal } = new AbortController();
  await runPlan(plan, {
    ...{ experiment, dataset, executor, store, signal },
    now: () => 0,
    emit: () => undefined,
  });
  expect(executor.memory().liveBuffers).toBe(0);
  return plan.jobs.filter(({ kind }) => kind === 'evaluate').length;
}

describe('items that titles are grounded on', () => {
  beforeEach(() => {
    embedded.length = 0;
    spyOnMaking();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('are embedded once a domain by their words, whatever the seed', async () => {
    expect(await evaluationsOf('words', '[1, 2]')).toBeGreaterThan(20);
    expect(embedded).toHaveLength(2);
  });

  it('are embedded once a domain and base model', async () => {
    expect(await evaluationsOf('base', '[1]')).toBeGreaterThan(10);
    expect(embedded).toHaveLength(2);
  });
});
