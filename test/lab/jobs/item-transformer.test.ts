import { describe, expect, it } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { ITEM_TRANSFORMER_NAME } from '../../../src/lab/jobs/item-transformer.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { plainItemIds } from '../../../src/rec/semantic-ids/item-ids.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const ASKED = {
  'evaluation: {': 'evaluation: { itemTransformer: { epochs: 12, learningRate: 0.01 },',
};

describe('item-id transformer', () => {
  it('is planned for each domain and seed where the document asks for it, else not at all', async () => {
    const titles = async (replacements: Readonly<Record<string, string>>) => {
      const { jobs } = await planExperiment(tinyExperiment(replacements), 'a'.repeat(64));
      return jobs.filter(({ kind }) => kind === 'item-transformer').map(({ title }) => title);
    };
    expect(await titles({})).toEqual([]);
    expect(await titles({ ...ASKED, 'seeds: [1]': 'seeds: [1, 2]' })).toEqual([
      'item-id transformer Games (seed 1)',
      'item-id transformer Books (seed 1)',
      'item-id transformer Games (seed 2)',
      'item-id transformer Books (seed 2)',
    ]);
  });

  it('learns more than popularity from all stages, and the same from the same seed', async () => {
    const experiment = tinyExperiment(ASKED);
    const dataset = await datasetOf(experiment, null);
    const whole = await planExperiment(experiment, dataset.digest);
    const wanted = ['prepare', 'baseline', 'item-transformer'];
    const plan = { ...whole, jobs: whole.jobs.filter(({ kind }) => wanted.includes(kind)) };
    const run = async () => {
      const executor = await openWasm();
      const checkpoints = new CheckpointStore(new MemoryStore());
      const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
      const { signal } = new AbortController();
      const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
      const { rows } = await runPlan(plan, options);
      expect(executor.memory().liveBuffers).toBe(0);
      executor.destroy();
      return rows;
    };
    const rows = await run();
    expect(rows).toEqual(await run());
    const ndcg = (model: string) => {
      const own = rows.filter(
        (row) => row.model === model && row.metric === 'ndcg' && row.k === 10,
      );
      expect(own).toHaveLength(2);
      return own.reduce((sum, { value }) => sum + value, 0) / 2;
    };
    expect(ndcg(ITEM_TRANSFORMER_NAME)).toBeGreaterThan(1.3 * ndcg('most popular'));
  });

  it('refuses more items than a code can name', () => {
    expect(() => plainItemIds(65_537)).toThrow(/65537 items are too many/);
  });
});
