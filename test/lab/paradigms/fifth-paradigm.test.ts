import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { draftParadigm } from '../../../src/lab/paradigms/document-list.ts';
import { paradigmNamed, registerParadigm } from '../../../src/lab/paradigms/paradigm-list.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { resultsCsv } from '../../../src/lab/results/results-csv.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { inspectDocument } from '../../../workers/lab/inspect-document.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { followers } from './followers.ts';

const SECTION = { 'merges:\n': 'paradigm: followers\nfollowers: { items: 64 }\nmerges:\n' };
const START = Date.UTC(2023, 0, 1);
const STAGES = [Date.UTC(2024, 0, 1), Date.UTC(2024, 3, 1), Date.UTC(2024, 6, 1)] as const;

function newStore(): StoredResults {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
}

async function runOf(store = newStore()) {
  const experiment = tinyExperiment(SECTION);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const executor = createCpuExecutor();
  const { signal } = new AbortController();
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
  const { rows } = await runPlan(plan, options);
  executor.destroy();
  const idOf = (title: string) => plan.jobs.find((job) => job.title === title)?.id ?? '';
  return { plan, rows, store, dataset, idOf };
}

/**
 * Counted from the raw log, interaction by interaction: tiny's filter keeps every one, but puts the
 * items into another order.
 */
function countsOf(dataset: Dataset, domain: string) {
  const log = dataset.domains.find((one) => one.domain === domain);
  if (log === undefined) throw new Error('no data');
  const { data, report } = prepareDomain(dataset, { domain, minCount: 1, startMs: null });
  expect(report.after.interactions).toBe(log.items.length);
  const place = new Map(data.itemIds.map((id, at) => [id, at]));
  const pairs: { readonly time: number; readonly from: number; readonly to: number }[] = [];
  const last = new Map<number, number>();
  for (const [at, user] of log.users.entries()) {
    const to = place.get(log.itemIds[log.items[at] ?? -1] ?? '') ?? NaN;
    const from = last.get(user);
    if (from !== undefined) pairs.push({ time: log.timesMs[at] ?? 0, from, to });
    last.set(user, to);
  }
  return (until: number, from: number, to: number): number =>
    pairs.filter(
      (pair) => pair.from === from && pair.to === to && pair.time >= START && pair.time < until,
    ).length;
}

describe('a fifth paradigm, registered by this test alone', () => {
  let remove: () => void = () => undefined;
  beforeEach(() => {
    remove = registerParadigm(followers);
  });
  afterEach(() => {
    remove();
  });

  it('is read from a document: its section, its defaults, its faults with their places', () => {
    expect(tinyExperiment(SECTION).paradigm).toEqual({ kind: 'followers', items: 64 });
    const short = { 'merges:\n': 'paradigm: followers\nmerges:\n' };
    expect(tinyExperiment(short).paradigm).toEqual({ kind: 'followers', items: 64 });
    const faultsOf = (text: string) => {
      const parsed = parseExperiment(text);
      return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
    };
    expect(faultsOf(tinyWith({ ...SECTION, 'epochs: 1 }': 'source: text }' }))).toEqual([
      'base.source (line 21:9): means nothing where nothing is trained.',
    ]);
    expect(faultsOf(tinyWith({ ...SECTION, ...{ simple_average: 'fisher' } }))).toEqual([
      expect.stringMatching(/^merges\[0\]\.method .*Fisher reads rows that no table has\.$/),
    ]);
    const foreign = { 'merges:\n': 'followers: { items: 64 }\nmerges:\n' };
    expect(faultsOf(tinyWith(foreign))).toEqual([
      'followers (line 29:1): means nothing for the paradigm semantic-id.',
    ]);
    const wrong = { 'merges:\n': 'paradigm: followers\nfollowers: { items: 4 }\nmerges:\n' };
    expect(faultsOf(tinyWith(wrong))[0]).toMatch(/^followers\.items .*must be between 8 and 1024/);
  });

  it('is planned, trained, merged, ranked and found again', async () => {
    const first = await runOf();
    const kinds = new Set(first.plan.jobs.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      ...['baseline', 'evaluate', 'followers-start', 'merge', 'prepare', 'train'],
    ]);
    const models = new Set(first.rows.map(({ model }) => model));
    for (const name of ['Games/pretrain', 'Books/phase2', 'ties', 'velocity (Books)']) {
      expect(models).toContain(name);
    }
    expect(first.rows.some(({ model, value }) => model === 'Games/phase2' && value > 0)).toBe(true);
    expect(resultsCsv(first.rows).split('\n').length).toBe(first.rows.length + 2);
    expect((await runOf(first.store)).rows).toEqual(first.rows);
  });

  it('counts what a loop over the log counts, and merges are means of it', async () => {
    const { store, dataset, idOf } = await runOf();
    const parameters = async (title: string) =>
      (await store.getCheckpoint(idOf(title)))?.parameters ?? new Float32Array();
    const games = countsOf(dataset, 'Games');
    const books = countsOf(dataset, 'Books');
    const at = (table: Float32Array, from: number, to: number) => table[from * 64 + to];
    const [phase1, phase2, other, average] = await Promise.all(
      ['train Games phase1', 'train Games phase2', 'train Books phase2', 'merge average'].map(
        parameters,
      ),
    );
    if (!phase1 || !phase2 || !other || !average) throw new Error('no model');
    let pairs = 0;
    for (let from = 0; from < 20; from++) {
      for (let to = 0; to < 60; to++) {
        expect(at(phase1, from, to)).toBe(games(STAGES[1], from, to));
        const both = [games(STAGES[2], from, to), books(STAGES[2], from, to)] as const;
        expect([at(phase2, from, to), at(other, from, to)]).toEqual(both);
        expect(at(average, from, to)).toBe((both[0] + both[1]) / 2);
        pairs += both[0];
      }
    }
    expect(pairs).toBeGreaterThan(50);
  });

  it('ranks the followers of the last item', async () => {
    const { rows, store, idOf } = await runOf();
    const model = await store.getCheckpoint(idOf('train Games phase2'));
    const stored = await store.getArtefact(idOf('evaluate Games/phase2 on Games'));
    const { ranks } = stored as { ranks: number[] };
    const recall = (100 * ranks.filter((rank) => rank > 0 && rank <= 10).length) / ranks.length;
    const row = rows.find(
      (one) =>
        one.modelId === model?.meta.id &&
        one.evalDomain === 'Games' &&
        one.metric === 'recall' &&
        one.k === 10,
    );
    expect(row?.value).toBeCloseTo(recall, 10);
    expect(ranks).toHaveLength(8);
  });

  it('is exported with its own files and card', async () => {
    const { store, idOf } = await runOf();
    const id = idOf('train Books phase1');
    const files = await exportCheckpoint(store, id);
    expect(files.map(({ path }) => path)).toEqual([
      ...['model.safetensors', 'mmgrid.json', 'README.md'],
    ]);
    const [weights, , card] = files;
    const tensors = readSafetensors(weights?.bytes ?? new Uint8Array(), 'table');
    const found = tensors.tensors.get('counts');
    expect(found?.shape).toEqual([64, 64]);
    const text = new TextDecoder().decode(card?.bytes);
    expect(text).toContain(
      'tags: [generative-recommendation, last-item-followers, mmgrid-playground]',
    );
    expect(text).toContain('A cell of the grid of the experiment "tiny"');
    expect(text).toContain('Row i holds how often each item followed item i.');
  });

  it('is inspected with its own size and memory', async () => {
    const inspected = await inspectDocument(
      tinyWith(SECTION),
      (experiment) => datasetOf(experiment, null),
      () => Promise.resolve([]),
      { profile: createCpuExecutor().profile, freeBytes: null },
    );
    if (!inspected.ok) throw new Error('faults');
    expect(inspected.parameters).toBe(64 * 64);
    expect(inspected.notes.join()).toContain('Training needs up to 16 KB of memory');
    expect(draftParadigm('followers').labels.columns).toBe('tables');
  });

  it('leaves nothing behind, and takes no name that there is', () => {
    expect(() => registerParadigm(followers)).toThrow(/There is a paradigm "followers" already/);
    remove();
    const parsed = parseExperiment(tinyWith(SECTION));
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      'expected ("semantic-id" | "title" | "embedding" | "discriminative"), got "followers"',
      'Unknown key "followers".',
    ]);
    expect(() => paradigmNamed('followers')).toThrow(/There is no paradigm "followers"/);
    remove = registerParadigm(followers);
  });
});
