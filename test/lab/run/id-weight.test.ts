import { expect, it } from 'vitest';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const CELL = 'train Games pretrain';

/** What a cell learnt beside its start, with LC-Rec's tasks. */
async function taskVector(store: StoredResults, tasks: string, clipNorm: string) {
  const experiment = tinyExperiment({
    'base: { epochs: 1 }': `base: { source: text, tokens: 384, textTokens: 8, epochs: 4 }\ntasks: { ${tasks} }`,
    'training:\n': `training:\n  clipNorm: ${clipNorm}\n`,
    'pretrain: { epochs: 1 }': 'pretrain: { epochs: 6 }',
  });
  const dataset = await datasetOf(experiment, null);
  const whole = await planExperiment(experiment, dataset.digest);
  const needed = ['prepare', 'tokenizer', 'language-model', 'ids', 'extend'];
  const jobs = whole.jobs.filter(({ kind, title }) => needed.includes(kind) || title === CELL);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
  await runPlan({ ...whole, jobs }, options);
  executor.destroy();
  const read = async (id: string | undefined) => {
    const stored = await store.getCheckpoint(id ?? '');
    if (stored === null) throw new Error('nothing was trained');
    return stored as { meta: CheckpointMeta; parameters: Float32Array };
  };
  const cell = await read(jobs.find(({ title }) => title === CELL)?.id);
  const start = await read(cell.meta.parents[0]?.id);
  return cell.parameters.map((value, i) => value - (start.parameters[i] ?? NaN));
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

it('LC-Rec’s id weight changes what is learnt where batches are mixed and gradients as they are', async () => {
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const ofWeights = async (rest: string, clipNorm: string) =>
    cosine(
      await taskVector(store, `idWeight: 1${rest}`, clipNorm),
      await taskVector(store, `idWeight: 10${rest}`, clipNorm),
    );
  const apart = await ofWeights('', '1');
  const mixed = await ofWeights(', batches: mixed', 'none');
  // A weight that scales whole steps is undone by clipping and AdamW.
  expect(apart).toBeGreaterThan(0.998);
  expect(mixed).toBeLessThan(0.99);
  expect(1 - mixed).toBeGreaterThan(10 * (1 - apart));
});
