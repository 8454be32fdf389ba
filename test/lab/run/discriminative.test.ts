import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../../src/io/safetensors.ts';
import { planDigest, inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import { parseExperiment, experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { isJobOf, type JobOf } from '../../../src/lab/job/job.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { asArtefact, clickEvaluationArtefact } from '../../../src/lab/results/artefacts.ts';
import { Recommendations } from '../../../src/lab/run/recommendations.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';
import { partsOf, type FinishedRun } from '../../support/lab/check-lists.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const TEXT = documentText('gpsd-tiny');

function textWith(replacements: Readonly<Record<string, string>> = {}): string {
  let text = TEXT;
  for (const [piece, replacement] of Object.entries(replacements)) {
    if (!text.includes(piece)) throw new Error(`gpsd-tiny.yaml has no "${piece}"`);
    text = text.replace(piece, replacement);
  }
  return text;
}

function newStore() {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
}

async function runOf(
  text: string,
  store = newStore(),
  look: (run: FinishedRun, executor: Executor) => Promise<void> = () => Promise.resolve(),
) {
  const experiment = experimentFrom(text);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, await planDigest(experiment, dataset));
  const executor = await openWasm();
  const { signal } = new AbortController();
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => events.push(event);
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
  const outcome = await runPlan(plan, options);
  await look({ experiment, dataset, plan, store }, executor);
  expect(executor.memory().liveBuffers).toBe(0);
  executor.destroy();
  const idOf = (title: string) => plan.jobs.find((job) => job.title === title)?.id ?? '';
  return { ...outcome, plan, store, events, idOf };
}

/** What a customer was shown, scored as the evaluation scored it. */
async function checkCandidates(run: FinishedRun, executor: Executor): Promise<void> {
  const asking = new Recommendations();
  const { customers, titles, longest } = await asking.choices(partsOf(run), 'Games');
  expect(longest).toBeNull();
  const job = run.plan.jobs.find(
    (one): one is JobOf<'evaluate-click'> =>
      isJobOf(one, 'evaluate-click') &&
      one.label.model === 'Games/FT' &&
      one.settings.domain === 'Games',
  );
  const stored: unknown = await run.store.getArtefact(job?.id ?? '');
  const { scores = [] } = asArtefact(clickEvaluationArtefact, stored, 'clicks');
  const question = { domain: 'Games', models: ['Games/FT'], customer: { at: 0 } };
  const { signal } = new AbortController();
  const [answer] = await asking.answers(partsOf(run), question, executor, signal);
  const { items = [], rank, score } = answer?.recommendation ?? {};
  expect(score?.title).toBe('p(click)');
  // The candidates of one user follow each other in the test.
  const chances = scores.slice(0, items.length).map((logit) => 1 / (1 + Math.exp(-logit)));
  items.forEach((one, place) => {
    expect(one.score).toBeCloseTo(chances.toSorted((a, b) => b - a)[place] ?? NaN, 5);
  });
  expect(items.length).toBeGreaterThan(1);
  expect(items[(rank ?? 0) - 1]?.item).toBe(customers[0]?.taken[0]);
  expect(items.every(({ item }) => (titles[item] ?? '') !== '')).toBe(true);
  const typed = { ...question, customer: { history: [1] } };
  await expect(asking.answers(partsOf(run), typed, executor, signal)).rejects.toMatchObject({
    code: 'invalid-argument',
  });
}

function faultsOf(text: string): string[] {
  const parsed = parseExperiment(text);
  return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
}

describe('a discriminative experiment', () => {
  it('is pretrained, trained by every strategy, merged and measured', async () => {
    const { rows, analyses, store, idOf, events } = await runOf(TEXT, newStore(), checkCandidates);
    const models = [...new Set(rows.map(({ model }) => model))];
    for (const model of [
      'popularity',
      'Games/NT',
      'Books/FT&SF',
      'domains (FT)',
      'strategies (Games)',
    ]) {
      expect(models).toContain(model);
    }
    const metrics = rows.filter(({ model, own }) => model === 'Games/FT' && own);
    expect(metrics.map(({ metric, k }) => `${metric} ${String(k)}`)).toEqual([
      'auc 0',
      'gauc 0',
      'log-loss 0',
    ]);
    expect(rows.every(({ value }) => Number.isFinite(value))).toBe(true);

    // What is frozen has the bits of pretraining, and what is trained has not.
    const start = await store.getCheckpoint(idOf('base with a click head L1H16A2'));
    const frozen = await store.getCheckpoint(idOf('train Games FT&SF'));
    const free = await store.getCheckpoint(idOf('train Games FT'));
    if (start === null || frozen === null || free === null) throw new Error('a cell is missing');
    const itemsOf = ({ meta, parameters }: typeof start) =>
      tensorOf(layoutOf(meta), parameters, 'item_embeddings.weight');
    expect(itemsOf(frozen)).toEqual(itemsOf(start));
    expect(itemsOf(free)).not.toEqual(itemsOf(start));
    expect(frozen.meta.behaviour?.transfer).toMatchObject({
      strategy: 'FT&SF',
      frozen: ['item_embeddings.weight'],
    });

    // Another architecture takes over the tables, and nothing else.
    const din = await store.getCheckpoint(idOf('train Games DIN ST&SF'));
    if (din === null) throw new Error('a cell is missing');
    expect(itemsOf(din)).toEqual(itemsOf(start));
    expect(din.meta.behaviour?.transfer?.transferred).toEqual(['item_embeddings.weight']);
    expect(models).toContain('Books/DIN NT');

    // The curve that was told live is the one that is stored, epoch 0 before training included.
    const epochs = frozen.meta.behaviour?.epochs ?? [];
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    const told = events.flatMap((event) =>
      event.type === 'epochs' && event.jobId === frozen.meta.id ? [event] : [],
    );
    expect(told.flatMap((event) => event.epochs)).toEqual(epochs);
    expect(told.map(({ from }) => from)).toEqual([0, 1, 2]);
    const curves = analyses.find(({ value }) => value.kind === 'learning-curves')?.value;
    // Four strategies of the transformer, two of DIN, in two domains.
    expect(curves?.kind === 'learning-curves' && curves.curves).toHaveLength(12);

    // The last epoch and the evaluation are the same measurement, made twice.
    const auc = metrics.find(({ metric }) => metric === 'auc')?.value ?? NaN;
    expect(auc / 100).toBeCloseTo(free.meta.behaviour?.epochs?.at(-1)?.test.auc ?? NaN, 6);
  });

  it('takes everything from the store the second time, and tells its curves again', async () => {
    const store = newStore();
    const first = await runOf(TEXT, store);
    const second = await runOf(TEXT, store);
    const cached = second.events.filter((event) => event.type === 'job-done' && event.cached);
    expect(cached).toHaveLength(second.plan.jobs.length);
    expect(second.rows).toEqual(first.rows);
    expect(second.events.some(({ type }) => type === 'epochs')).toBe(true);
  });

  it('shares pretraining between documents that differ in strategies', async () => {
    const planned = async (text: string) => {
      const experiment = experimentFrom(text);
      const dataset = await datasetOf(experiment, null);
      return planExperiment(experiment, await planDigest(experiment, dataset));
    };
    const pretrainOf = (plan: Awaited<ReturnType<typeof planned>>) =>
      plan.jobs.filter(({ kind }) => kind === 'pretrain').map(({ id }) => id);
    const other = textWith({ 'strategies: [NT,': 'strategies: [ST,' });
    expect(pretrainOf(await planned(other))).toEqual(pretrainOf(await planned(TEXT)));
    const own = TEXT.replace('pretraining: {', 'pretraining: { negativesFrom: domain,');
    expect(own).not.toBe(TEXT);
    expect(pretrainOf(await planned(own))).not.toEqual(pretrainOf(await planned(TEXT)));
    const drawn = TEXT.replace('pretraining: {', 'draw: 1\n  pretraining: {');
    const dataOf = (plan: Awaited<ReturnType<typeof planned>>) =>
      plan.jobs.filter(({ kind }) => kind === 'click-data').map(({ id }) => id);
    expect(dataOf(await planned(drawn))).not.toEqual(dataOf(await planned(TEXT)));
    expect(dataOf(await planned(own))).toEqual(dataOf(await planned(TEXT)));
  });

  it('fits a ladder of sizes, each a model of its own', async () => {
    const ladder = `analysis:
  - name: ladder
    kind: scaling
    domain: Games
    strategies: [NT, FT&SF]
    sizes:
      - { layers: 1, width: 8, heads: 1 }
      - { layers: 1, width: 16, heads: 2 }
`;
    const { analyses, plan } = await runOf(`${TEXT}${ladder}`);
    const value = analyses.find(({ name }) => name === 'ladder')?.value;
    if (value?.kind !== 'scaling') throw new Error('no scaling study');
    expect(value.rungs).toHaveLength(4);
    expect(value.rungs.map(({ denseParameters }) => denseParameters)).toEqual(
      [...value.rungs.map(({ denseParameters }) => denseParameters)].sort((a, b) => a - b),
    );
    // Two sizes cannot carry three constants.
    expect(value.fits.every(({ fit }) => fit.status === 'degenerate')).toBe(true);
    // The document's own size is not trained twice.
    expect(plan.jobs.filter(({ kind }) => kind === 'pretrain')).toHaveLength(2);
  });

  it('takes every interaction of several stages, other inputs and both directions', async () => {
    const text = textWith({
      'samples: last': 'samples: all\n  numbers: [popularity, historyLength]\n  moments: [weekday]',
      '  trainShare: 0.7\n': '  sparse: tables\n  attention: bidirectional\n',
      'strategies: [NT, FT, FT&SF, ST&SF]': 'strategies: [FT, FT&SF]',
      '  rankers: [din]\n': '',
      'negatives: 16 }': 'negatives: 0 }',
      '- { name: train, start: 2023-01-01, end: 2024-07-01 }': `- { name: pretrain, start: 2023-01-01, end: 2024-01-01 }
    - { name: phase1, start: 2024-01-01, end: 2024-04-01 }
    - { name: phase2, start: 2024-04-01, end: 2024-07-01 }`,
      'stage: FT }': 'stage: phase2 FT }',
      'stages: [FT, FT&SF]': 'stages: [phase1 FT, phase2 FT]',
      'name: strategies': 'name: periods',
    });
    expect(faultsOf(text)).toEqual([]);
    const { rows, store, idOf } = await runOf(text);
    const models = new Set(rows.map(({ model }) => model));
    for (const model of ['Games/phase1 FT', 'Books/phase2 FT&SF', 'periods (Games)']) {
      expect(models).toContain(model);
    }
    expect(models).not.toContain('Games/pretrain FT');
    const cell = await store.getCheckpoint(idOf('train Games phase2 FT&SF'));
    const { config, transfer } = cell?.meta.behaviour ?? {};
    expect(config).toMatchObject({
      attention: 'bidirectional',
      numeric: 2,
      moments: [{ name: 'weekday', values: 8 }],
    });
    expect(transfer?.frozen).toEqual([
      'item_embeddings.weight',
      'feature_embeddings.category.weight',
      'segment_embeddings.weight',
    ]);
  });

  it('exports a cell with the items behind its rows', async () => {
    const { store, idOf } = await runOf(TEXT);
    const files = await exportCheckpoint(store, idOf('train Games FT'));
    expect(await faultsOfFolders(files)).toEqual([]);
    const json = (path: string) =>
      JSON.parse(
        new TextDecoder().decode(files.find((file) => file.path === path)?.bytes),
      ) as Record<string, unknown>;
    const { items } = json('vocabulary.json') as { items: string[] };
    const config = json('config.json');
    expect(items).toHaveLength(Number(config['num_items']));
    expect(items[1]).toMatch(/^Games\//);
    const weights = files.find(({ path }) => path === 'model.safetensors')?.bytes;
    const { tensors } = readSafetensors(weights ?? new Uint8Array(), 'model.safetensors');
    const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    expect(shapes.get('item_embeddings.weight')).toEqual([items.length, 16]);
    expect(shapes.has('click_head.output.weight')).toBe(true);
    const card = new TextDecoder().decode(files.find(({ path }) => path === 'README.md')?.bytes);
    expect(card).toMatch(/click-through-rate/);
  });

  it('counts impressions before the run', async () => {
    const experiment = experimentFrom(TEXT);
    const inspected = inspectExperiment(experiment, await datasetOf(experiment, null));
    expect(inspected.faults).toEqual([]);
    const games = inspected.contexts.find(({ domain }) => domain === 'Games');
    const samples = games?.periods.map((one) => one.samples) ?? [];
    expect(samples.reduce((a, b) => a + b, 0)).toBe(2 * (games?.users ?? 0));
    expect(inspected.notes.join(' ')).toMatch(/drawn/);
    expect(inspected.behaviour?.items).toBe(
      1 + inspected.contexts.reduce((sum, { items }) => sum + items, 0),
    );
  });

  it('has the keys that the README names', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const example = /```yaml\n(paradigm: discriminative\n[^`]*)```/.exec(readme)?.[1] ?? '';
    const head = TEXT.slice(0, TEXT.indexOf('paradigm: discriminative'));
    expect(faultsOf(`${head}${example}`)).toEqual([]);
    const experiment = experimentFrom(`${head}${example}`);
    expect(experiment.analysis.map(({ kind }) => kind)).toEqual(['scaling']);
    expect(experiment.paradigm).toMatchObject({ rankers: ['din'], moments: ['hour'] });
  });

  it.each([
    [{ 'samples: last': 'samples: all' }, /discriminative\.samples.*at least two stages/],
    [
      { 'samples: last': 'samples: impressions' },
      /impressions needs data that have them: importer mind with impressions: true\./,
    ],
    [{ 'width: 16': 'width: 20' }, /model\.width.*multiple of/],
    [{ 'heads: 2 }': 'heads: 2, feedForward: 32 }' }, /feedForward.*follows from the width/],
    [{ 'seeds: [1]': 'seeds: [1]\ntraining: { warmupSteps: 1 }' }, /means nothing/],
    [{ 'seeds: [1]': 'seeds: [1]\nevaluation: { beam: 10 }' }, /beam.*means nothing/],
    [{ 'strategies: [NT,': 'strategies: [NT, NT,' }, /named twice/],
    [{ 'stage: FT }': 'stage: ST }' }, /no stage "ST"/],
    [{ 'stage: FT }': 'stage: DIN NT }' }, /base is the pretrained transformer/],
    [{ 'stages: [FT, FT&SF]': 'stages: [FT, DIN NT]' }, /different architectures/],
    [{ task_arithmetic: 'fisher' }, /not of click models/],
    [{ 'paradigm: discriminative': 'paradigm: title' }, /discriminative.*means nothing/],
  ])('%j is a fault with its place', (change, message) => {
    expect(faultsOf(textWith(change as Record<string, string>)).join('\n')).toMatch(message);
  });
});
