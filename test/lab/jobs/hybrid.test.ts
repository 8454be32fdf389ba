import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { asArtefact, hybridArtefact } from '../../../src/lab/results/artefacts.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const VALIDATION = {
  '  filter:': '  validation: { start: 2024-06-01, end: 2024-07-01 }\n  filter:',
};
const HYBRIDS = {
  ...VALIDATION,
  'evaluation: {': 'evaluation: { maskHistory: true, hybrids: [phase2, average, velocity, base],',
  'maxUsers: 8': 'maxUsers: 40',
};

const KINDS = ['prepare', 'ids', 'base', 'train', 'hybrid'];

describe('models with co-occurrence', () => {
  it('are measured beside their models, at the weight that is best on the validation window', async () => {
    const experiment = tinyExperiment(HYBRIDS);
    const dataset = await datasetOf(experiment, null);
    const plan = await planExperiment(experiment, dataset.digest);
    const checkpoints = new CheckpointStore(new MemoryStore());
    const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
    const executor = await openWasm();
    const events: RunEvent[] = [];
    const emit = (event: RunEvent) => events.push(event);
    const { signal } = new AbortController();
    const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
    const { rows } = await runPlan(plan, options);
    executor.destroy();
    const jobs = plan.jobs.filter(({ kind }) => kind === 'hybrid');
    expect(jobs.map(({ title }) => title)).toEqual([
      'Games/phase2 + co-occurrence on Games',
      'Books/phase2 + co-occurrence on Books',
      'average + co-occurrence on Games',
      'average + co-occurrence on Books',
      'velocity (Games) + co-occurrence on Games',
      'velocity (Books) + co-occurrence on Books',
      'base + co-occurrence on Games',
      'base + co-occurrence on Books',
    ]);
    const valueOf = (model: string) =>
      rows.find(
        (row) =>
          row.model === model &&
          row.own &&
          row.evalDomain === 'Games' &&
          row.split === 'test' &&
          row.metric === 'ndcg' &&
          row.k === 10,
      );
    const job = jobs[0];
    const stored: unknown = await store.getArtefact(job?.id ?? '');
    const { weight, tried, ranks, otherRanks } = asArtefact(hybridArtefact, stored, 'hybrid');
    const best = tried.reduce((most, one) => (one.value > most.value ? one : most));
    expect(weight).toBe(best.weight);
    expect(tried.map((one) => one.weight)).toEqual([0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3]);
    // Nothing of co-occurrence is the model alone, with the beams of a hybrid.
    const alone = rows.find(
      (row) =>
        row.model === 'Games/phase2' &&
        row.split === 'validation' &&
        row.metric === 'ndcg' &&
        row.k === 10,
    );
    expect(tried[0]?.value).toBeCloseTo(alone?.value ?? NaN, 9);
    expect(valueOf('Games/phase2 + co-occurrence')).toMatchObject({
      kind: 'baseline',
      modelId: job?.id,
      nUsers: ranks.length,
    });
    expect(otherRanks).toHaveLength(ranks.length);
    const texts = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    expect(texts.join('\n')).toMatch(
      /Games\/phase2 \+ co-occurrence on Games: weight [\d.]+ of co-occurrence, the best of 9 by ndcg@10 of \d+ validation users\./,
    );
    const answered = events.flatMap((event) => (event.type === 'answers' ? event.models : []));
    expect(answered.filter(({ model }) => model.endsWith('+ co-occurrence'))).toHaveLength(8);
  });

  it('need a validation window, one mask, and models that there are', () => {
    const faults = (pieces: Readonly<Record<string, string>>) => {
      const parsed = parseExperiment(tinyWith(pieces));
      return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    };
    expect(faults({ 'evaluation: {': 'evaluation: { hybrids: [phase2, phase9],' })).toEqual([
      'needs contexts.validation, where the weight of co-occurrence is chosen, or { model, weight }.',
      'needs evaluation.maskHistory: model and co-occurrence are then masked alike.',
      'There is no model "phase9"; there are: base, pretrain, phase1, phase2, average, ties, velocity.',
    ]);
    expect(faults(HYBRIDS)).toEqual([]);
    const given = 'evaluation: { maskHistory: true, hybrids: [{ model: phase2, weight: 0.5 }],';
    expect(faults({ 'evaluation: {': given })).toEqual([]);
    expect(faults({ 'evaluation: {': given.replace('0.5', '-1') })).toHaveLength(1);
  });

  it('take a weight that was chosen before, without a window: the same ranks as if chosen here', async () => {
    const hybridsOf = async (hybrids: string) => {
      const experiment = tinyExperiment({
        ...VALIDATION,
        'evaluation: {': `evaluation: { maskHistory: true, hybrids: [${hybrids}],`,
        'maxUsers: 8': 'maxUsers: 40',
      });
      const dataset = await datasetOf(experiment, null);
      const whole = await planExperiment(experiment, dataset.digest);
      // What the cells of Games and their hybrids need.
      const plan = { ...whole, jobs: whole.jobs.filter(({ kind }) => KINDS.includes(kind)) };
      const checkpoints = new CheckpointStore(new MemoryStore());
      const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
      const executor = await openWasm();
      const events: RunEvent[] = [];
      const emit = (event: RunEvent) => events.push(event);
      const { signal } = new AbortController();
      await runPlan(plan, { experiment, dataset, executor, store, signal, now: () => 0, emit });
      executor.destroy();
      const job = plan.jobs.find(({ kind }) => kind === 'hybrid');
      const stored: unknown = await store.getArtefact(job?.id ?? '');
      const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
      return { ...asArtefact(hybridArtefact, stored, 'hybrid'), settings: job?.settings, notes };
    };
    const chosen = await hybridsOf('phase2');
    const weight = chosen.weight + 0.5;
    const given = await hybridsOf(`{ model: phase2, weight: ${String(chosen.weight)} }`);
    expect(given.ranks).toEqual(chosen.ranks);
    expect(given.otherRanks).toEqual(chosen.otherRanks);
    expect(given.tried).toEqual([]);
    expect(given.settings).not.toHaveProperty('validation');
    expect(given.notes.join('\n')).toMatch(/weight [\d.]+ of co-occurrence, as the document says/);
    const other = await hybridsOf(`{ model: phase2, weight: ${String(weight)} }`);
    expect(other.weight).toBe(weight);
    expect(other.settings).toMatchObject({ weights: [weight] });
  });
});
