import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import type { MergePlan } from '../../../src/lab/experiment/experiment-types.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { LiveMerge } from '../../../src/lab/run/live-merge.ts';
import { chainOf, planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { vocabularyOf } from '../../../src/lab/checkpoints/model-config.ts';
import { asArtefact, idsArtefact } from '../../../src/lab/results/artefacts.ts';
import { rankSamples } from '../../../src/rec/evaluation/evaluate.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { IdProbe } from '../../../src/rec/evaluation/id-probe.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import { itemTokens, promptTokens } from '../../../src/rec/rows/token-rows.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { tokenOf } from '../../../src/rec/semantic-ids/vocabulary.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { counted } from '../../merge/suites/counted-executor.ts';
import { tinyExperiment } from '../document/documents.ts';

const experiment = tinyExperiment();
const dataset = await datasetOf(experiment, null);
const signal = new AbortController().signal;
let executor: Executor;
let store: StoredResults;

beforeAll(async () => {
  executor = await createWasmExecutor();
  store = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  const plan = await planExperiment(experiment, dataset.digest);
  const jobs = plan.jobs.filter(({ kind }) => ['prepare', 'ids', 'base', 'train'].includes(kind));
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
  await runPlan({ ...plan, jobs }, options);
}, 120_000);

afterAll(() => {
  executor.destroy();
});

const live = (on: Executor = executor) =>
  new LiveMerge(experiment, { executor: on, store, dataset, clock: () => performance.now() });

const ties = (parameters: Record<string, unknown>): MergePlan => ({
  over: 'domains',
  name: 'live',
  method: 'ties',
  domains: ['Games', 'Books'],
  stage: 'phase2',
  base: 'pretrain-mean',
  evaluate: ['Games', 'Books'],
  parameters,
});

describe('a live merge', () => {
  it('gives the parent back where the merge is the parent, on every domain', async () => {
    const merges = live();
    const plan: MergePlan = {
      over: 'periods',
      name: 'live',
      method: 'velocity',
      domains: ['Games', 'Books'],
      stages: ['phase1', 'phase2'],
      base: null,
      parameters: { alpha: 0 },
    };
    const { places, split, ms } = await merges.probe(plan, signal);
    expect(split).toBe('test');
    expect(places.map(({ domain }) => domain)).toEqual(['Games', 'Books']);
    for (const { parent, loss, recall1, users } of places) {
      expect({ loss, recall1 }).toEqual({ loss: parent.loss, recall1: parent.recall1 });
      expect(users).toBe(24);
    }
    expect(ms.total).toBeGreaterThan(0);
    const moved = await merges.probe({ ...plan, parameters: { alpha: 0.8 } }, signal);
    expect(moved.places[0]?.loss).not.toBe(places[0]?.loss);
    expect(moved.places[0]?.parent).toEqual(places[0]?.parent);
    merges.destroy();
    expect(executor.memory().liveBuffers).toBe(0);
  });

  it('sends nothing but uniforms when a slider moves', async () => {
    const { executor: watched, counts } = counted(executor);
    const merges = live(watched);
    await merges.probe(ties({ density: 0.3, lambda: 1 }), signal);
    const before = { ...counts };
    const bytes = watched.memory().liveBytes;
    for (const lambda of [0.2, 0.4, 0.6]) {
      await merges.probe(ties({ density: 0.3, lambda }), signal);
    }
    expect(counts.prepared).toBe(before.prepared);
    expect(watched.memory().liveBytes).toBe(bytes);
    const layout = (await store.getCheckpoint(await cell('Games', 'phase2')))?.parameters.length;
    expect(counts.writtenElements - before.writtenElements).toBeLessThan((layout ?? 0) / 2);
    merges.destroy();
    expect(executor.memory().liveBuffers).toBe(0);
  });

  it('says that a cell is not trained, and that a newer request came', async () => {
    const empty = new StoredResults(
      new CheckpointStore(new MemoryStore()),
      new ArtefactStore(new MemoryStore()),
      () => 0,
    );
    const parts = { executor, store: empty, dataset, clock: () => 0 };
    await expect(new LiveMerge(experiment, parts).probe(ties({}), signal)).rejects.toMatchObject({
      code: 'checkpoint-missing',
    });
    const merges = live();
    await expect(merges.probe(ties({}), AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
    merges.destroy();
    expect(executor.memory().liveBuffers).toBe(0);
  });
});

describe('a probe of semantic ids', () => {
  it('is the loss of the codes and the greedy Recall@1, as beam search and all logits say', async () => {
    const model = await store.getCheckpoint(await cell('Games', 'phase2'));
    if (model === null) throw new Error('no model');
    const { config, vocabulary: stored } = model.meta;
    const vocabulary = vocabularyOf(stored);
    const { chain } = await chainOf(experiment, dataset.digest);
    const artefact: unknown = await store.getArtefact(chain.ids.get('Games') ?? '');
    const { ids, itemIds } = asArtefact(idsArtefact, artefact, 'ids');
    const { data } = prepareDomain(dataset, { domain: 'Games', minCount: 1, startMs: null });
    const samples = testSamples(data, experiment.contexts.test, { history: 8, minEarlier: 4 });
    const probe = await IdProbe.create(executor, { config, ids, vocabulary }, samples);
    probe.weights.write(model.parameters);
    const numbers = await probe.measure();
    probe.destroy();

    const lists = await rankSamples(executor, {
      config,
      parameters: model.parameters,
      ids,
      vocabulary,
      items: itemIds.length,
      samples,
      beam: 1,
      batchUsers: 8,
    });
    const hits = lists.filter(({ items, target }) => items[0] === target).length;
    expect(numbers.recall1).toBeCloseTo((100 * hits) / samples.length, 9);
    expect(numbers.users).toBe(samples.length);

    let loss = 0;
    for (const { history, target } of samples.slice(0, 3)) {
      const codes = itemTokens(target, ids, vocabulary);
      const row = [...promptTokens(history, ids, vocabulary), ...codes.slice(0, -1)];
      const batch = { B: 1, T: row.length, ids: Uint32Array.from(row) };
      const logits = await forwardLogits(executor, config, model.parameters, batch);
      codes.forEach((token, level) => {
        const at = (row.length - codes.length + level) * config.vocabSize;
        const own = Array.from({ length: ids.codesPerLevel }, (_, code) =>
          Math.exp(logits[at + tokenOf(vocabulary, level, code)] ?? 0),
        );
        const sum = own.reduce((total, value) => total + value, 0);
        loss -= Math.log(Math.exp(logits[at + token] ?? 0) / sum);
      });
    }
    const few = await IdProbe.create(executor, { config, ids, vocabulary }, samples.slice(0, 3));
    few.weights.write(model.parameters);
    const measured = await few.measure();
    few.destroy();
    // Sums of float32 logits in another order.
    expect(measured.loss).toBeCloseTo(loss / (3 * ids.levels), 4);
    expect(executor.memory().liveBuffers).toBe(0);
  });

  it('refuses to measure nobody', async () => {
    const model = await store.getCheckpoint(await cell('Games', 'phase2'));
    const { chain } = await chainOf(experiment, dataset.digest);
    const artefact: unknown = await store.getArtefact(chain.ids.get('Games') ?? '');
    const { ids } = asArtefact(idsArtefact, artefact, 'ids');
    if (model === null) throw new Error('no model');
    const vocabulary = vocabularyOf(model.meta.vocabulary);
    const setup = { config: model.meta.config, ids, vocabulary };
    await expect(IdProbe.create(executor, setup, [])).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });
});

async function cell(domain: string, stage: string): Promise<string> {
  const { chain } = await chainOf(experiment, dataset.digest);
  return chain.cells.get(domain)?.get(stage) ?? '';
}
