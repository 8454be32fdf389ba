import { describe, expect, it } from 'vitest';
import { examplePositions, jobSeconds, type TimeFacts } from '../../../src/lab/run/time-need.ts';
import type { Job } from '../../../src/lab/job/job.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { tinyExperiment } from '../document/documents.ts';

const period = (name: string, interactions: number, samples: number) => ({
  ...{ name, interactions, samples, users: 50, items: 0, newItemShare: 0 },
});
const context = (domain: string, items: number) => ({
  ...{ domain, items, users: 50, interactions: 1160 },
  periods: [period('first', 1000, 800), period('second', 100, 200), period('test', 60, 40)],
});
const FACTS: TimeFacts = {
  contexts: [context('A', 300), context('B', 500)],
  parameters: 1000,
  positions: 20,
  flopsPerSecond: 1e7,
};

const seconds = (settings: object, facts: TimeFacts = FACTS, inputs: object = {}): number =>
  jobSeconds({ kind: 'train', settings, inputs } as unknown as Job, facts);
/** Of a value for one token that is only read. */
const READ = (2 * 1000) / (0.25 * 1e7);
/** To start, and to read the interactions of both domains. */
const OWN = 10 + 2 * 1160 * 2e-5;

describe('the time of a job', () => {
  it('without training or ranking is that of the program and of reading the data', () => {
    expect(seconds({ method: 'ties', parameters: {} })).toBeCloseTo(OWN, 9);
  });

  it('of training counts epochs, examples of the stage, positions and steps', () => {
    const optimizer = { epochs: 3, tokensPerBatch: 400 };
    const tokens = 3 * 800 * 20;
    const expected = (tokens / 400) * 0.005 + tokens * 3 * READ;
    const more = (settings: object) => (seconds({ optimizer, ...settings }) - OWN) / expected;
    expect(more({ domain: 'A', stage: { name: 'first' } })).toBeCloseTo(1, 9);
    expect(more({ domain: 'B', stage: 'second' })).toBeCloseTo(0.25, 9);
    expect(more({ domains: ['A', 'B'], period: { name: 'first' } })).toBeCloseTo(2, 9);
    // Whole histories, padded; texts of items; sequences of 10 texts of 4 tokens with 8 negatives.
    expect(more({ domain: 'A' })).toBeCloseTo((2 * 1160) / (800 * 20), 9);
    expect(more({ domain: 'A', textTokens: 16 })).toBeCloseTo((300 * 16) / (800 * 20), 9);
    // A start that is trained says so apart; one that is not has no training.
    const start = { domains: ['A', 'B'], training: { period: { name: 'first' }, optimizer } };
    expect((seconds(start) - OWN) / expected).toBeCloseTo(2, 9);
    expect(seconds({ domains: ['A', 'B'], training: null })).toBeCloseTo(OWN, 9);
    const paradigm = { inputs: 10, textTokens: 4, negatives: 8, sequencesPerBatch: 5 };
    const texts = (50 + 100) * 11 + ((50 + 100) / 5 + 1) * 8;
    expect(more({ domain: 'A', stage: 'first', paradigm })).toBeCloseTo((texts * 4) / 16000, 9);
  });

  it('of a ranking counts every item, and for each user a history and what is found', () => {
    const each = 20 + 10 * 16;
    const evaluation = { domain: 'A', users: 30, beam: 10 };
    const ranked = (300 * 16 + 30 * each) * READ;
    expect(seconds(evaluation)).toBeCloseTo(OWN + ranked, 9);
    // There are no more than 40 users in the test window.
    expect(seconds({ ...evaluation, users: 5000 })).toBeCloseTo(
      OWN + (300 * 16 + 40 * each) * READ,
      9,
    );
    // Click models rank what their test window holds.
    const clicks = { domain: 'A', test: { name: 'test' } };
    expect(seconds(clicks)).toBeCloseTo(OWN + (300 * 16 + 40 * 36) * READ, 9);
    // A search ranks at every place for every trial; a path at every point, a plane at its square.
    const places = [{ evaluations: [evaluation, evaluation] }];
    expect(seconds({ budget: 7, places })).toBeCloseTo(OWN + 14 * ranked, 9);
    const probe = { domains: ['A'], users: 30, beam: 10 };
    const along = (...models: string[]) => seconds({ points: 11, probe }, FACTS, { models });
    expect(along('a', 'b')).toBeCloseTo(OWN + 11 * ranked, 9);
    expect(along('a', 'b', 'c')).toBeCloseTo(OWN + 121 * ranked, 9);
  });

  it('grows with a model that has a row an item, and with a slower machine', () => {
    const optimizer = { epochs: 1, tokensPerBatch: 1e9 };
    const trained = (settings: object, facts = FACTS) =>
      seconds({ domain: 'A', stage: 'first', optimizer, ...settings }, facts) - OWN;
    // 1,000 values of the cells, 3,000 of the items.
    expect(trained({ model: { width: 10 } }) / trained({})).toBeCloseTo(4, 5);
    expect(trained({}, { ...FACTS, flopsPerSecond: 5e6 }) / trained({})).toBeCloseTo(2, 5);
  });

  it('is more than nothing for every job of a plan that trains or ranks', async () => {
    const experiment = tinyExperiment({});
    expect(examplePositions(experiment)).toBeGreaterThan(experiment.contexts.history);
    const contexts = experiment.contexts.domains.map((domain) => ({
      ...context(domain, 100),
      periods: [...experiment.contexts.stages, experiment.contexts.test].map(({ name }) =>
        period(name, 500, 500),
      ),
    }));
    const { jobs } = await planExperiment(experiment, 'digest');
    const own = 10 + contexts.length * 1160 * 2e-5;
    const busy = jobs.filter((job) => jobSeconds(job, { ...FACTS, contexts }) > own);
    const kinds = (of: readonly Job[]) => [...new Set(of.map(({ kind }) => kind))].sort();
    expect(kinds(busy)).toEqual(
      kinds(jobs).filter((kind) => !['ids', 'merge', 'prepare'].includes(kind)),
    );
  });
});
