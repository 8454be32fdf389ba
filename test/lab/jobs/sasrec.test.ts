import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import type { JobOf } from '../../../src/lab/job/job.ts';
import { SASREC_NAME } from '../../../src/lab/jobs/sasrec.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { asArtefact, trainedBaselineArtefact } from '../../../src/lab/results/artefacts.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { deriveSeed } from '../../../src/lab/work/job-context.ts';
import { buildCodeTree } from '../../../src/nn/compact-id-model/code-tree.ts';
import { initialCompactIds } from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import { rankOf } from '../../../src/rec/evaluation/metrics.ts';
import { rankCompactIds } from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { trainCompactIds } from '../../../src/rec/training/train-compact-ids.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const SIZES = 'layers: 1, width: 16, heads: 2, feedForward: 32, learningRate: 0.01, warmupSteps: 2';
const asked = (more: string) => ({
  'evaluation: {': `evaluation: { sasrec: { ${SIZES}, sequencesPerBatch: 16, ${more} },`,
  'maxUsers: 8': 'maxUsers: 40',
});

/** Runs the jobs of SASRec, and what they need, on a store of its own. */
async function ran(replacements: Readonly<Record<string, string>>) {
  const experiment = tinyExperiment(replacements);
  const dataset = await datasetOf(experiment, null);
  const whole = await planExperiment(experiment, dataset.digest);
  const wanted = ['prepare', 'baseline', 'sasrec'];
  const plan = { ...whole, jobs: whole.jobs.filter(({ kind }) => wanted.includes(kind)) };
  const executor = await openWasm();
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const { signal } = new AbortController();
  const again = async () => {
    const events: RunEvent[] = [];
    const emit = (event: RunEvent) => events.push(event);
    const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
    const { rows } = await runPlan(plan, options);
    const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    return { rows, notes, choices: events.filter(({ type }) => type === 'choice') };
  };
  const first = await again();
  const jobs = plan.jobs.filter((job): job is JobOf<'sasrec'> => job.kind === 'sasrec');
  const artefacts = await Promise.all(
    jobs.map(async ({ id }) => {
      const stored: unknown = await store.getArtefact(id);
      return asArtefact(trainedBaselineArtefact, stored, id);
    }),
  );
  return { ...first, again, jobs, artefacts, dataset, executor };
}

describe('SASRec', () => {
  it('is planned with settings of its own, whatever the cells are trained with', async () => {
    const text = tinyWith({ 'evaluation: {': 'evaluation: { sasrec: {},' });
    const parsed = parseExperiment(text.replace('seeds: [1]', 'seeds: [1, 2]'));
    if (!parsed.ok) throw new Error('The document is right.');
    const { jobs } = await planExperiment(parsed.experiment, 'a'.repeat(64));
    const own = jobs.filter((job): job is JobOf<'sasrec'> => job.kind === 'sasrec');
    expect(own.map(({ title }) => title)).toEqual([
      'SASRec Games (seed 1)',
      'SASRec Books (seed 1)',
      'SASRec Games (seed 2)',
      'SASRec Books (seed 2)',
    ]);
    expect(own[0]?.settings).toMatchObject({
      model: { layers: 1, width: 64, heads: 2 },
      period: { startMs: Date.UTC(2023, 0), endMs: Date.UTC(2024, 6) },
      optimizer: {
        learningRate: 0.001,
        schedule: 'constant',
        dropout: { embedding: 0.5, attention: 0.5, residual: 0.5 },
        validation: { by: 'time', share: 0.1, metric: 'ndcg' },
      },
    });
  });

  it('learns more than popularity, the same from the same seed, and tells its choice again', async () => {
    const run = await ran(asked('epochs: 10, dropout: 0.1, validation: { patience: 4 }'));
    expect(run.executor.memory().liveBuffers).toBe(0);
    const other = await ran(asked('epochs: 10, dropout: 0.1, validation: { patience: 4 }'));
    expect(run.rows).toEqual(other.rows);
    const ndcg = (model: string) => {
      const own = run.rows.filter(
        (row) => row.model === model && row.metric === 'ndcg' && row.k === 10,
      );
      expect(own).toHaveLength(2);
      return own.reduce((sum, { value }) => sum + value, 0) / 2;
    };
    expect(ndcg(SASREC_NAME)).toBeGreaterThan(1.3 * ndcg('most popular'));
    const stored = await run.again();
    expect(stored.choices).toEqual(run.choices);
    expect(run.choices).toHaveLength(2);
    expect(stored.notes).toEqual(run.notes);
    expect(run.notes.join('\n')).toMatch(/SASRec Games: epoch \d+ of 10.*NDCG@10/);
    for (const each of [run, other]) each.executor.destroy();
  });

  it('trains anew on everything, for as many epochs as the newest interactions choose', async () => {
    const run = await ran(asked('epochs: 6, dropout: 0, validation: { patience: null }'));
    const [job] = run.jobs;
    const [artefact] = run.artefacts;
    const choice = artefact?.training.choice;
    if (job === undefined || choice === undefined) throw new Error('There is one of each domain.');
    expect(choice.values).toHaveLength(7);
    const best = Math.max(...choice.values.slice(1));
    expect(choice.values.indexOf(best, 1)).toBe(choice.epoch);
    // The same by hand, without anything held out.
    const { domain } = job.settings;
    const { data } = prepareDomain(run.dataset, { domain, minCount: 1, startMs: null });
    const count = data.itemIds.length;
    const tree = buildCodeTree(
      Array.from({ length: count }, (_, item) => item),
      1,
      count,
    );
    const config = {
      ...{ layers: 1, width: 16, heads: 2, kvHeads: 2, headWidth: 8, feedForward: 32 },
      ...{ qkNorm: false, normEps: 1e-6, ropeTheta: 10_000, maxPositions: 16 },
      ...{ levels: 1, codesPerLevel: count, nodes: count, prefixVectors: false, trieLoss: true },
    };
    const { period, sampling, test, optimizer } = job.settings;
    const { validation, ...settings } = optimizer;
    expect(validation?.by).toBe('time');
    const rows = trainingRows(data, period, {
      ...sampling,
      ...{ score: 'every', maxTargets: null, seed: 0 },
    });
    const { parameters } = await trainCompactIds(run.executor, {
      ...{ config, tree, rows },
      parameters: initialCompactIds(config, deriveSeed(job.seed, 'init/sasrec')),
      settings: {
        ...settings,
        epochs: choice.epoch,
        seed: deriveSeed(job.seed, `train/sasrec/${domain}`),
      },
    });
    const samples = testSamples(data, test, sampling);
    const setup = { config, tree, beam: 20, batchUsers: 8, parameters, samples };
    const lists = await rankCompactIds(run.executor, setup);
    expect(artefact?.baselines[0]?.ranks).toEqual(lists.map(rankOf));
    // Probabilities of all items add up to 1: the softmax is full.
    const all = await rankCompactIds(run.executor, { ...setup, beam: count });
    for (const { scores } of all.slice(0, 4)) {
      expect(scores).toHaveLength(count);
      expect(scores.reduce((sum, score) => sum + Math.exp(score), 0)).toBeCloseTo(1, 5);
    }
    run.executor.destroy();
  });

  it('keeps the last epoch and says so where nobody is held out', async () => {
    const { notes, artefacts, executor } = await ran({
      ...asked('epochs: 2, validation: { by: window }'),
      '  filter:': '  validation: { start: 2024-06-30T23:59:00Z, end: 2024-07-01 }\n  filter:',
    });
    expect(artefacts.map(({ training }) => training.choice)).toEqual([undefined, undefined]);
    expect(notes.join('\n')).toMatch(
      /Warning: SASRec Games: there is nobody among the validation window/,
    );
    executor.destroy();
  });

  it('takes a number of epochs that was chosen before, on everything at once', async () => {
    const chosen = await ran(asked('epochs: 4, dropout: 0.2, validation: { patience: null }'));
    const epochs = chosen.artefacts.map(({ training }) => training.choice?.epoch ?? NaN);
    const given = await ran(asked(`epochs: ${String(epochs[0])}, dropout: 0.2, validation: none`));
    expect(given.jobs[0]?.settings.optimizer).not.toHaveProperty('validation');
    expect(given.artefacts[0]?.training).not.toHaveProperty('choice');
    // Of the first domain: the second one may have chosen another number.
    expect(given.artefacts[0]?.baselines).toEqual(chosen.artefacts[0]?.baselines);
    expect(given.notes.join('\n')).not.toMatch(/SASRec/);
    for (const { executor } of [chosen, given]) executor.destroy();
  });

  it('refuses what no kernel takes, a dropout of 1 and a window that is not there', () => {
    const faults = (sasrec: string) => {
      const parsed = parseExperiment(
        tinyWith({ 'evaluation: {': `evaluation: { sasrec: ${sasrec},` }),
      );
      return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    };
    expect(faults('{ heads: 3 }')).toEqual([
      'must divide the width of 64 into multiples of 8, at most 128 each.',
    ]);
    expect(faults('{ feedForward: 30 }')).toEqual(['must be a multiple of 4.']);
    expect(faults('{ validation: { by: window } }')).toEqual([
      'window needs contexts.validation, which says when it is.',
    ]);
    expect(faults('{ dropout: 1 }')).toHaveLength(1);
    expect(faults('{}, cutoffs: [10, 65]')).toContain(
      'must be at most 64: SASRec answers no more.',
    );
  });
});
