import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { AdapterProfile } from '../../../src/compute/executor.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { inspectExperiment, modelSizeOf } from '../../../src/lab/inspection/inspect-experiment.ts';
import { memoryNeedOf } from '../../../src/lab/inspection/memory-need.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { examplePositions } from '../../../src/lab/run/time-need.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { profileExperiment } from '../../../src/lab/run/profile-experiment.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import { compactIdModel } from '../../../src/nn/compact-id-model/compact-id-model.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { asArtefact, idsArtefact } from '../../../src/lab/results/artefacts.ts';
import { compactIdTable } from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { parameterCount } from '../../../src/nn/graph/parameter-table.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { compactConfigOf } from '../../../src/lab/paradigms/semantic-id/compact/compact-config.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { tinyWith } from '../document/documents.ts';
import { compactText, newStore, runText } from './compact-documents.ts';

const FORM = 'semanticId: { form: compact }';
const START = 'base: { source: none }';

function never(): never {
  throw new Error('nothing stored');
}

function faultsOf(text: string): string[] {
  const parsed = parseExperiment(text);
  return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
}

describe('documents of compact ids', () => {
  it.each([
    [
      { [START]: 'base: { source: none, epochs: 2 }' },
      /base\.epochs \(line 22:\d+\).*random start/,
    ],
    [{ [START]: 'base: { source: none, score: all }' }, /base\.score .*random start/],
    [{ [START]: 'base: { source: text }' }, /base\.source .*read no text/],
    [
      { [START]: 'base: { source: import, textTokens: 8 }' },
      /base\.textTokens .*compact ids, which read no text/,
    ],
    [{ [START]: 'base: { source: import }' }, /^model .*imported base: its files decide/],
    [{ [START]: 'base: { source: none, tokens: 384 }' }, /base\.tokens .*knows no text/],
    [{ [FORM]: `${FORM}\ntasks: { mixed: true }` }, /tasks .*knows no text/],
    [
      { [FORM]: 'semanticId: { form: compact, beams: 3 }' },
      /semanticId\.beams .*Unknown key "beams"/,
    ],
    [{ [FORM]: 'semanticId: { form: dense }' }, /semanticId\.form/],
    [{ [FORM]: 'semanticId: { form: compact, trieLoss: 1 }' }, /semanticId\.trieLoss/],
    [{ [FORM]: 'paradigm: title' }, /base\.source .*starts from a model of texts/],
    [{ [FORM]: `paradigm: embedding\n${FORM}` }, /semanticId .*means nothing for the paradigm/],
    [{ [FORM]: 'semanticId: { trieLoss: false }' }, /semanticId\.trieLoss .*LC-Rec/],
    [{ [FORM]: 'seeds: [1]', 'seeds: [1]': '' }, /base\.source .*compact form; LC-Rec/],
    [{ 'features: both': 'features: base' }, /ids\.features .*no base of texts/],
    [{ 'features: both': 'features: co-occurrence, text: titles' }, /ids\.text .*read no words/],
    [{ 'feedForward: 32': 'feedForward: 32, tied: false' }, /model\.tied .*no head/],
    [
      { 'history: 8': 'history: 200', 'tokensPerBatch: 256': 'tokensPerBatch: 200' },
      /tokensPerBatch .*at least 256/,
    ],
    [
      { 'method: simple_average }': 'method: simple_average, restore: rows }' },
      /merges\[0\]\.restore/,
    ],
    [
      { 'parameters: { alpha: 0.05 } }': 'parameters: { alpha: 0.05 }, restore: codes }' },
      /merges\[2\]\.restore .*stays in its domain/,
    ],
    [
      {
        [FORM]: 'semanticId: { form: compact, prefixVectors: false }',
        'method: simple_average }': 'method: simple_average, restore: tables }',
      },
      /merges\[0\]\.restore .*no tables of their own; there are: codes, nothing, model/,
    ],
    [
      {
        'method: simple_average }':
          'method: simple_average }\n  - { name: same, over: domains, method: simple_average, restore: tables }',
      },
      /merges\[1\].*makes the same merge as "average"/,
    ],
    [{ 'method: simple_average }': 'method: fisher }' }, /merges\[0\]\.method .*rows of tokens/],
  ])('%j: a fault with its place', (replacements, message) => {
    expect(faultsOf(compactText(replacements)).join('\n')).toMatch(message);
  });

  it.each([
    ['paradigm: title\n', 'base: { source: text }'],
    ['', 'base: { epochs: 1 }'],
  ])('LC-Rec and other paradigms score no first item: %s', (paradigm, base) => {
    const faults = faultsOf(
      tinyWith({
        'base: { epochs: 1 }': `${paradigm}${base}`,
        'phase1: { epochs: 1 }': 'phase1: { epochs: 1, score: every }',
      }),
    );
    expect(faults.join('\n')).toMatch(/training\.stages\.phase1\.score .*only compact/);
  });

  it('restore nothing where models mean the same everywhere', () => {
    const faults = faultsOf(
      tinyWith({
        'base: { epochs: 1 }': 'paradigm: title\nbase: { source: text }',
        'method: simple_average }': 'method: simple_average, restore: codes }',
      }),
    );
    expect(faults.join('\n')).toMatch(/merges\[0\]\.restore .*mean the same in every domain/);
  });

  it('have no fault with every key at its place, and plan the same jobs as without defaults', async () => {
    const bare = experimentFrom(compactText());
    const whole = experimentFrom(
      compactText({
        [FORM]: 'semanticId: { form: compact, trieLoss: true, prefixVectors: true }',
        'method: simple_average }': 'method: simple_average, restore: tables }',
        'dimensions: 8': 'dimensions: 8, text: titles',
        'pretrain: { epochs: 3,': 'pretrain: { epochs: 3, score: every,',
      }),
    );
    const ids = async (experiment: typeof bare) =>
      (await planExperiment(experiment, 'd')).jobs.map(({ id }) => id);
    expect(await ids(whole)).toEqual(await ids(bare));
    for (const change of ['trieLoss: false', 'prefixVectors: false']) {
      const other = experimentFrom(
        compactText({ [FORM]: `semanticId: { form: compact, ${change} }` }),
      );
      const shared = new Set(await ids(bare));
      const kept = (await planExperiment(other, 'd')).jobs.filter(({ id }) => shared.has(id));
      expect(new Set(kept.map(({ kind }) => kind))).toEqual(
        new Set(['prepare', 'baseline', 'ids']),
      );
    }
  });
});

describe('data of compact ids', () => {
  it('say how large a model is, and what training takes, before a run', async () => {
    const text = compactText();
    const experiment = experimentFrom(text);
    const dataset = await datasetOf(experiment, null);
    const found = inspectExperiment(experiment, dataset);
    expect(found.faults).toEqual([]);
    expect(found.trees).toHaveLength(2);
    const executor = createCpuExecutor();
    const run = await runText(
      compactText({
        'pretrain: { epochs: 3, learningRate: 0.01 }': 'pretrain: { epochs: 0 }',
        'phase1: { epochs: 1 }': 'phase1: { epochs: 0 }',
        'phase2: { epochs: 1 }': 'phase2: { epochs: 0 }',
      }),
      executor,
    );
    const { meta, parameters } = await run.checkpoint('random start');
    const config = compactConfigOf(meta);
    if (config === null) throw new Error('not compact');
    expect(modelSizeOf(experiment, found)).toBe(parameterCount(compactIdTable(config).layout));
    const need = await memoryNeedOf(experiment, executor.profile, found);
    expect(need.training?.weights).toBe(4 * parameters.length);
    expect(need.titles).toBeNull();
    // Eight items and a target.
    expect(examplePositions(experiment)).toBe(9);
    // Before there are data a catalogue of 4,096 items stands for them.
    expect(modelSizeOf(experiment, { behaviour: null })).toBeGreaterThan(
      modelSizeOf(experiment, found),
    );
    // Zero epochs leave the random start.
    expect((await run.checkpoint('train Games phase2')).parameters).toEqual(parameters);
    executor.destroy();
  });

  it('tell the memory of a joint base, whose tree is that of all domains', async () => {
    const stages = {
      [FORM]: 'semanticId: { form: compact, prefixVectors: false }',
      'pretrain: { epochs: 3, learningRate: 0.01 }': 'pretrain: { epochs: 1 }',
    };
    const needOf = async (base: string, profile: AdapterProfile) => {
      const experiment = experimentFrom(compactText({ ...stages, [START]: `base: ${base}` }));
      const dataset = await datasetOf(experiment, null);
      const facts = inspectExperiment(experiment, dataset);
      const { training } = await memoryNeedOf(experiment, profile, facts);
      return { experiment, dataset, total: training?.total ?? NaN };
    };
    const executor = createCpuExecutor();
    const cells = await needOf('{ source: none }', executor.profile);
    const joint = await needOf('{ source: sequences, epochs: 1 }', executor.profile);
    expect((await needOf('{ source: sequences, epochs: 0 }', executor.profile)).total).toBe(
      cells.total,
    );
    const { experiment, dataset } = joint;
    const plan = await planExperiment(experiment, dataset.digest);
    const kinds = ['prepare', 'ids', 'compact-base'];
    const jobs = plan.jobs.filter(({ kind }) => kinds.includes(kind));
    const { signal } = new AbortController();
    const options = { experiment, dataset, executor, store: newStore(), signal };
    await runPlan({ ...plan, jobs }, { ...options, now: () => 0, emit: () => undefined });
    const stored = await Promise.all(
      jobs.filter(({ kind }) => kind === 'ids').map(({ id }) => options.store.getArtefact(id)),
    );
    const codes = stored.flatMap((own) => [...asArtefact(idsArtefact, own, 'ids').ids.codes]);
    const tree = buildCodeTree(codes, 2, 16);
    const base = jobs.find(({ kind }) => kind === 'compact-base')?.id ?? '';
    const config = compactConfigOf((await options.store.getCheckpoint(base))?.meta ?? never());
    const model = compactIdModel({ ...(config ?? never()), nodes: nodeCount(tree) }, tree);
    // Batches of 256 positions, of all lengths up to that of a history of 8.
    const shapes = [4, 8, 16].map((T) => ({ B: 256 / T, T }));
    const { total } = await estimateTraining(executor.profile, model, { shapes });
    expect(joint.total).toBe(total);
    expect(joint.total).toBeGreaterThan(cells.total);
    expect(executor.memory().peakBytes).toBeLessThanOrEqual(joint.total);
    executor.destroy();
  });

  it('with one item in a domain leave nothing to predict: a fault before the run', () => {
    const experiment = experimentFrom(
      compactText({
        'ids: { levels: 2, codes: 16, features: both, dimensions: 8 }':
          'ids: { levels: 2, codes: 8, features: file }',
        'beam: 20, maxUsers: 8': 'beam: 20, maxUsers: 8, baselines: false',
      }),
    );
    const timesMs = Float64Array.from({ length: 12 }, (_, i) =>
      Date.UTC(2023, 3 * Math.floor(i / 2), 5),
    );
    const log = (domain: string, itemIds: readonly string[]) => ({
      ...{ domain, userIds: ['ann', 'bob'], itemIds, titles: itemIds },
      givenIds: itemIds.map((_, item) => [item, 0]),
      users: Uint32Array.from(timesMs, (_, i) => i % 2),
      items: Uint32Array.from(timesMs, (_, i) => i % itemIds.length),
      timesMs,
    });
    const dataset: Dataset = {
      ...{ name: 'one', digest: '1', notes: [] },
      domains: [log('Games', ['chess']), log('Books', ['odes', 'plays', 'maps'])],
    };
    const { faults } = inspectExperiment(experiment, dataset);
    expect(faults.map(({ place, message }) => `${place}: ${message}`).join('\n')).toMatch(
      /data Games: .*1 items are one sequence of codes: there is nothing to predict/,
    );
    const without = faults.filter(({ message }) => message.includes('nothing to predict'));
    expect(without).toHaveLength(1);
  });

  it('are not profiled as a language model', async () => {
    const experiment = experimentFrom(compactText());
    const executor = createCpuExecutor();
    await expect(profileExperiment(experiment, executor)).rejects.toMatchObject({
      code: 'invalid-argument',
      hint: expect.stringContaining('semanticId.form') as string,
    });
    expect(executor.memory().liveBytes).toBe(0);
  });
});
