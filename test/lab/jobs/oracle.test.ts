import { describe, expect, it } from 'vitest';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyWith } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const ORACLE = 'oracle (generator, taste inferred)';
const MANY = {
  'usersPerDomain: 40': 'usersPerDomain: 300',
  'maxUsers: 8, crossUsers: 4': 'maxUsers: 1000, crossUsers: 4, maskHistory: true, oracle: true',
};

function faultsOf(replacements: Record<string, string>): string[] {
  const parsed = parseExperiment(tinyWith(replacements));
  return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
}

/** Of the baselines of a document; nothing is trained for them. */
async function baselinesOf(replacements: Record<string, string>) {
  const experiment = experimentFrom(tinyWith(replacements));
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const jobs = plan.jobs.filter(({ kind }) => kind === 'prepare' || kind === 'baseline');
  const store = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  const executor = await openWasm();
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => events.push(event);
  const { signal } = new AbortController();
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit };
  const { rows } = await runPlan({ ...plan, jobs }, options);
  executor.destroy();
  return { rows, jobs, events };
}

describe('the oracle among the baselines', () => {
  it('is above each of them on both domains, and says what it knows', async () => {
    const { rows, events } = await baselinesOf(MANY);
    for (const domain of ['Games', 'Books']) {
      const own = rows.filter(
        ({ evalDomain, metric, k }) => evalDomain === domain && metric === 'ndcg' && k === 10,
      );
      const oracle = own.find(({ model }) => model === ORACLE);
      const others = own.filter(({ model }) => model !== ORACLE);
      expect(others.map(({ model }) => model)).toEqual([
        'most popular',
        'most popular (phase2)',
        'co-occurrence',
        'popularity-recency',
      ]);
      for (const { value } of others) expect(oracle?.value).toBeGreaterThan(value);
    }
    expect(events.some((event) => event.type === 'note' && event.text.includes(ORACLE))).toBe(true);
  });

  it('changes no id where nobody asks for it', async () => {
    const idsOf = async (replacements: Record<string, string>) => {
      const { jobs } = await planExperiment(experimentFrom(tinyWith(replacements)), 'd'.repeat(64));
      return jobs.filter(({ kind }) => kind === 'baseline').map(({ id }) => id);
    };
    const asked = (what: string) => ({ 'evaluation: {': `evaluation: { ${what}` });
    expect(await idsOf(asked('oracle: false,'))).toEqual(await idsOf({}));
    expect(await idsOf(asked('oracle: true,'))).not.toEqual(await idsOf({}));
  });

  it('needs simulated data and the baselines', () => {
    const asked = { 'evaluation: {': 'evaluation: { oracle: true, baselines: false,' };
    expect(faultsOf(asked)).toEqual(['needs evaluation.baselines: the oracle is one of them.']);
    const files = {
      'source: simulator\n  usersPerDomain: 40\n  itemsPerDomain: 60\n  interactionsPerUser: 12':
        'importer: csv\n  columns: { user: u, item: i, time: t }\n  timeUnit: ms',
      'evaluation: {': 'evaluation: { oracle: true,',
    };
    expect(faultsOf(files)).toEqual([
      'needs simulated data: only of those the probabilities are known.',
    ]);
  });
});

describe('numbers of the simulator in a document', () => {
  const withNumbers = (text: string) => ({
    'interactionsPerUser: 12': `interactionsPerUser: 12\n  ${text}`,
  });

  it.each([
    ['followers: 1.5', 'must be a share between 0 and 1'],
    ['drift: 9', 'must be at most 5'],
    [
      'novelty: { phase3: 0.1 }',
      'There is no period "phase3"; there are: pretrain, phase1, phase2, test.',
    ],
    ['novelty: { phase1: 0.8, phase2: 0.3 }', 'The shares of all periods come to more than 1.'],
    [
      'novelty: { phase1: 0.1 }\n  existingItems: { Games: 1 }',
      'cannot stand beside existingItems: both say when items are born.',
    ],
    ['returning: { test: { Toys: 0.5 } }', '"Toys" is not among the domains: Games, Books.'],
    ['returning: { test: { Games: 2 } }', 'must be a share between 0 and 1'],
    [
      'returning: { validation: 0.5 }',
      'There is no period "validation"; there are: pretrain, phase1, phase2, test.',
    ],
  ])('%s is refused', (text, message) => {
    expect(faultsOf(withNumbers(text))).toEqual([expect.stringContaining(message)]);
  });

  it('reach the data', async () => {
    const numbers =
      'novelty: { phase1: 0.5 }\n  returning: { test: 1, phase1: { Games: 0 } }\n  season: 0';
    const digest = async (text: string) =>
      (await datasetOf(experimentFrom(tinyWith(withNumbers(text))), null)).digest;
    const usual = await digest('followers: 0.4');
    expect(usual).toBe((await datasetOf(experimentFrom(tinyWith({})), null)).digest);
    expect(await digest(numbers)).not.toBe(usual);
  });
});
