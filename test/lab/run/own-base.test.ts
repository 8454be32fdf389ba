import { beforeAll, describe, expect, it } from 'vitest';
import { parseExperiment, experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan, type PlanOutcome } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const OWN = `
  - { name: arithmetic, over: domains, method: task_arithmetic, base: pretrain-own, parameters: { weight: 0.7, lambda: 0.9 } }
  - { name: ties own, over: domains, method: ties, base: pretrain-own, parameters: { density: 0.3 } }
  - { name: raw mask, over: domains, method: mmgrid_mask_magnitude, base: zero, parameters: { weight_mask_rates: 0.5, use_weight_rescale: false, mask_apply_method: average_merging } }
  - { name: raw sum, over: domains, method: task_arithmetic, base: zero, parameters: { weight: [0.6, 0.3] } }
  - { name: from a cell, over: domains, method: task_arithmetic, base: Books/phase1, parameters: { weight: 0.5 } }
`;
const ANALYSIS = `
analysis:
  - { name: own, kind: task-vectors, base: pretrain-own, tensors: all, spectrum: false, models: [Games/phase2, Books/phase2] }
`;
const TEXT = documentText('tiny').replace(/^merges:\n/m, `merges:${OWN}`) + ANALYSIS;

describe('a base of each model’s own', () => {
  const store = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  let plan: Plan;
  let outcome: PlanOutcome;

  beforeAll(async () => {
    const experiment = experimentFrom(TEXT);
    const dataset = await datasetOf(experiment, null);
    plan = await planExperiment(experiment, dataset.digest);
    const executor = await openWasm();
    const { signal } = new AbortController();
    const emit = () => undefined;
    const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
    outcome = await runPlan(plan, options);
  }, 120_000);

  const weightsOf = async (title: string): Promise<Float32Array> => {
    const job = plan.jobs.find((one) => one.title === title);
    const found = await store.getCheckpoint(job?.id ?? '');
    if (found === null) throw new Error(`no checkpoint "${title}"`);
    return found.parameters;
  };
  const cell = (name: string) => weightsOf(`train ${name}`);

  it('counts changes from it and puts them on the mean', async () => {
    const [games, books] = [await cell('Games phase2'), await cell('Books phase2')];
    const [g0, b0] = [await cell('Games pretrain'), await cell('Books pretrain')];
    const merged = await weightsOf('merge arithmetic');
    let moved = 0;
    merged.forEach((value, i) => {
      const [a = 0, b = 0, x = 0, y = 0] = [games[i], books[i], g0[i], b0[i]];
      const expected = (x + y) / 2 + 0.9 * 0.7 * (a - x + (b - y));
      expect(Math.abs(value - expected)).toBeLessThan(1e-6);
      moved = Math.max(moved, Math.abs(value - (x + y) / 2));
    });
    expect(moved).toBeGreaterThan(1e-3);
  });

  it('is told from the mean as a base where a method trims or votes', async () => {
    const [own, games, g0] = [
      await weightsOf('merge ties own'),
      await weightsOf('Games/phase2 since its pretrain'),
      await cell('Games pretrain'),
    ];
    const mean = await weightsOf('mean of pretrain');
    const phase2 = await cell('Games phase2');
    games.forEach((value, i) => {
      const expected = (phase2[i] ?? 0) - (g0[i] ?? 0) + (mean[i] ?? 0);
      expect(Math.abs(value - expected)).toBeLessThan(1e-6);
    });
    // 70 % of either change is gone, so about half of all values stay the mean's.
    const kept = own.filter((value, i) => Math.abs(value - (mean[i] ?? 0)) > 1e-7).length;
    expect(kept / own.length).toBeLessThan(0.61);
    expect(kept).toBeGreaterThan(0);
  });

  it('may be 0: masks then drop weights, not changes', async () => {
    const [games, books] = [await cell('Games phase2'), await cell('Books phase2')];
    (await weightsOf('merge raw sum')).forEach((value, i) => {
      const expected = 0.6 * (games[i] ?? 0) + 0.3 * (books[i] ?? 0);
      expect(Math.abs(value - expected)).toBeLessThan(1e-6);
    });
    expect((await weightsOf('weights of 0')).every((value) => value === 0)).toBe(true);
    const job = plan.jobs.find(({ title }) => title === 'train Games phase2');
    const stored = await store.getCheckpoint(job?.id ?? '');
    if (stored === null) throw new Error('no cell');
    const masked = await weightsOf('merge raw mask (Games)');
    for (const { offset, size, name } of layoutOf(stored.meta).entries) {
      const kept = [games, books].map((model) => {
        const own = model.subarray(offset, offset + size);
        const sorted = Array.from(own, Math.abs).sort((a, b) => a - b);
        const border = sorted[Math.floor(size / 2) - 1] ?? -1;
        return own.map((value) => (Math.abs(value) <= border ? 0 : value));
      });
      for (let i = 0; i < size; i++) {
        const expected = ((kept[0]?.[i] ?? NaN) + (kept[1]?.[i] ?? NaN)) / 2;
        expect(Math.abs((masked[offset + i] ?? NaN) - expected), name).toBeLessThan(1e-6);
      }
    }
  });

  it('may be any cell', async () => {
    const [games, books] = [await cell('Games phase2'), await cell('Books phase2')];
    const base = await cell('Books phase1');
    (await weightsOf('merge from a cell')).forEach((value, i) => {
      const from = base[i] ?? 0;
      const expected = from + 0.5 * ((games[i] ?? 0) - from + ((books[i] ?? 0) - from));
      expect(Math.abs(value - expected)).toBeLessThan(1e-6);
    });
  });

  it('is what task vectors may start from', async () => {
    const found = outcome.analyses.find(({ name }) => name === 'own')?.value;
    if (found?.kind !== 'task-vectors') throw new Error('no task vectors');
    const [games, books] = [await cell('Games phase2'), await cell('Books phase2')];
    const [g0, b0] = [await cell('Games pretrain'), await cell('Books pretrain')];
    let dot = 0;
    let conflicts = 0;
    games.forEach((value, i) => {
      const product = (value - (g0[i] ?? 0)) * ((books[i] ?? 0) - (b0[i] ?? 0));
      dot += product;
      if (product < 0) conflicts++;
    });
    const { tensors } = found.table;
    const measured = tensors.reduce((sum, { gram }) => sum + (gram[1]?.[0] ?? NaN), 0);
    expect(measured / dot).toBeCloseTo(1, 4);
    const counted = tensors.reduce((sum, { signs }) => sum + signs.conflict, 0);
    expect(Math.abs(counted - conflicts)).toBeLessThanOrEqual(2);
  });
});

describe('faults of such bases', () => {
  const faultsOf = (text: string): string => {
    const parsed = parseExperiment(text);
    return parsed.ok ? '' : parsed.faults.map(({ message }) => message).join('\n');
  };
  const merge = (base: string, more = '') =>
    `merges:\n  - { name: x, over: domains, method: ties, base: ${base}${more} }\n`;
  const withMerge = (text: string) => documentText('tiny').replace(/^merges:\n/m, text);

  it.each([
    [withMerge(merge('phase2-own')), /no model has changed since/],
    [withMerge(merge('phase9-own')), /no base "phase9-own"; bases here: .*pretrain-own/],
    [withMerge(merge('Games/phase9')), /no base "Games\/phase9"/],
    [
      TEXT.replace('tensors: all', 'trim: 0').replace(
        'base: pretrain-own, trim',
        'base: phase2-own, trim',
      ),
      /its own base/,
    ],
    [
      TEXT.replace('models: [Games/phase2, Books/phase2]', 'models: [base, Books/phase2]'),
      /"base" has no checkpoint of pretrain/,
    ],
    [documentText('tiny').replaceAll('phase1', 'phase1-own'), /cannot be the name of a stage/],
    [
      documentText('tiny').replace(
        /^merges:/m,
        'searches:\n  - { name: s, split: test, merge: { over: domains, method: ties, base: pretrain-own }, vary: { density: { from: 0.1, to: 1 } } }\nmerges:',
      ),
      /A search merges the cells as they are/,
    ],
  ])('fault %#', (text, message) => {
    expect(faultsOf(text)).toMatch(message);
  });
});
