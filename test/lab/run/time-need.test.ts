import { describe, expect, it } from 'vitest';
import { examplePositions, jobSeconds, type TimeFacts } from '../../../src/lab/run/time-need.ts';
import type { Job } from '../../../src/lab/job/job.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { tinyExperiment } from '../document/documents.ts';

const period = (name: string, interactions: number, samples: number) => ({
  ...{ name, interactions, samples, users: 0, items: 0, newItemShare: 0 },
});
const context = (domain: string, items: number) => ({
  ...{ domain, items, users: 50, interactions: 0 },
  periods: [period('first', 1000, 800), period('second', 100, 200), period('test', 60, 40)],
});
const FACTS: TimeFacts = {
  contexts: [context('A', 300), context('B', 500)],
  parameters: 1000,
  positions: 20,
  flopsPerSecond: 1e7,
};

const seconds = (settings: object, facts: TimeFacts = FACTS): number =>
  jobSeconds({ kind: 'train', settings } as unknown as Job, facts);
/** Of a value for one token that is only read. */
const READ = (2 * 1000) / (0.1 * 1e7);

describe('the time of a job', () => {
  it('without training or ranking is that of the program itself', () => {
    expect(seconds({ method: 'ties', parameters: {} })).toBe(10);
  });

  it('of training counts epochs, examples of the stage, positions and steps', () => {
    const optimizer = { epochs: 3, tokensPerBatch: 400 };
    const tokens = 3 * 1000 * 20;
    const expected = 10 + (tokens / 400) * 0.005 + tokens * 3 * READ;
    expect(seconds({ domain: 'A', stage: { name: 'first' }, optimizer })).toBeCloseTo(expected, 9);
    // Its samples where there are more of them; the domains together; all periods where none is named.
    const more = (settings: object) => (seconds(settings) - 10) / (expected - 10);
    expect(more({ domain: 'B', stage: 'second', optimizer })).toBeCloseTo(0.2, 9);
    expect(more({ domains: ['A', 'B'], period: { name: 'first' }, optimizer })).toBeCloseTo(2, 9);
    expect(more({ domain: 'A', optimizer })).toBeCloseTo(1.26, 9);
  });

  it('of a ranking counts every item, and for each user a history and what is found', () => {
    const each = 20 + 10 * 16;
    const evaluation = { domain: 'A', users: 30, beam: 10 };
    const ranked = (300 * 16 + 30 * each) * READ;
    expect(seconds(evaluation)).toBeCloseTo(10 + ranked, 9);
    // There are no more than 40 users in the test window.
    expect(seconds({ ...evaluation, users: 5000 })).toBeCloseTo(
      10 + (300 * 16 + 40 * each) * READ,
      9,
    );
    // A search ranks at every place for every trial; a path at every point, a plane at its square.
    const places = [{ evaluations: [evaluation, evaluation] }];
    expect(seconds({ budget: 7, places })).toBeCloseTo(10 + 14 * ranked, 9);
    const probe = { domains: ['A'], users: 30, beam: 10 };
    expect(seconds({ kind: 'path', points: 11, probe })).toBeCloseTo(10 + 11 * ranked, 9);
    expect(seconds({ kind: 'plane', points: 11, probe })).toBeCloseTo(10 + 121 * ranked, 9);
  });

  it('grows with a model that has a row an item, and with a slower machine', () => {
    const optimizer = { epochs: 1, tokensPerBatch: 1e9 };
    const own = seconds({ domain: 'A', stage: 'first', optimizer }) - 10;
    const wide = seconds({ domain: 'A', stage: 'first', optimizer, model: { width: 10 } }) - 10;
    // 1,000 values of the cells, 3,000 of the items.
    expect(wide / own).toBeCloseTo(4, 5);
    const slow = { ...FACTS, flopsPerSecond: 5e6 };
    expect((seconds({ domain: 'A', stage: 'first', optimizer }, slow) - 10) / own).toBeCloseTo(
      2,
      5,
    );
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
    const busy = jobs.filter((job) => jobSeconds(job, { ...FACTS, contexts }) > 10);
    const kinds = (of: readonly Job[]) => [...new Set(of.map(({ kind }) => kind))].sort();
    expect(kinds(busy)).toEqual(
      kinds(jobs).filter((kind) => !['ids', 'merge', 'prepare'].includes(kind)),
    );
  });
});
