import { beforeEach, describe, expect, it, vi } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { embedItems } from '../../../src/rec/text/text-embedding.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

vi.mock('../../../src/rec/text/text-embedding.ts', { spy: true });

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
    vi.mocked(embedItems).mockClear();
  });

  it('are embedded once a domain by their words, whatever the seed', async () => {
    expect(await evaluationsOf('words', '[1, 2]')).toBeGreaterThan(20);
    expect(embedItems).toHaveBeenCalledTimes(2);
  });

  it('are embedded once a domain and base model', async () => {
    expect(await evaluationsOf('base', '[1]')).toBeGreaterThan(10);
    expect(embedItems).toHaveBeenCalledTimes(2);
  });
});
