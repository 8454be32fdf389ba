import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { jobModule, jobModules } from '../../../src/lab/jobs/job-list.ts';
import type { JobSummary } from '../../../src/lab/job/events.ts';
import { summaryOf } from '../../../src/lab/job/job-summary.ts';
import { registerParadigm } from '../../../src/lab/paradigms/paradigm-list.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { reduce } from '../../../src/ui/state/reduce.ts';
import { gridOf, seedsOf } from '../../../src/ui/state/selectors.ts';
import { tinyExperiment } from '../../lab/document/documents.ts';
import { followers } from '../../lab/paradigms/followers.ts';
import { MODEL_ROLES } from '../samples/model-roles.ts';
import { apply, readyState } from '../samples/sample-state.ts';

const SECTION = { 'merges:\n': 'paradigm: followers\nfollowers: { items: 64 }\nmerges:\n' };

describe('what the page takes a model for', () => {
  let remove: () => void = () => undefined;
  beforeEach(() => {
    remove = registerParadigm(followers);
  });
  afterEach(() => {
    remove();
  });

  it('is said by its kind: the grid shows the base of a paradigm that it has never heard of', async () => {
    const experiment = tinyExperiment(SECTION);
    const dataset = await datasetOf(experiment, null);
    const plan = await planExperiment(experiment, dataset.digest);
    const jobs = plan.jobs.map((job) => summaryOf(job, jobModule(job.kind).model));
    const { run, ...state } = apply(readyState(), [{ type: 'plan', jobs }]);
    const grid = gridOf({ run, ...state });
    expect(grid.base.job?.summary.title).toBe('empty table');
    expect(grid.base.status).toBe('queued');
    expect(seedsOf(run)).toEqual([1]);
    expect(grid.rows.map((row) => row.map(({ job }) => job?.summary.title))).toEqual([
      ['train Games pretrain', 'train Games phase1', 'train Games phase2'],
      ['train Books pretrain', 'train Books phase1', 'train Books phase2'],
    ]);
  });

  it('is the same in the samples of these tests', () => {
    const roles = Object.fromEntries(jobModules().map(({ kind, model }) => [kind, model]));
    expect(roles).toMatchObject(MODEL_ROLES);
    const makers = jobModules().filter(({ makes }) => makes === 'checkpoint');
    expect(makers.filter(({ model }) => model === null)).toEqual([]);
    const others = jobModules().filter(({ makes }) => makes === 'artefact');
    expect(others.filter(({ model }) => model !== null)).toEqual([]);
  });

  const saidOf = (kind: JobSummary['kind']): string | null => {
    const { model } = jobModule(kind);
    const job = { id: 'a', kind, title: 'the work', inputs: [], cell: null, seed: 1, model };
    const before = apply(readyState(), [{ type: 'plan', jobs: [job, { ...job, id: 'b' }] }]);
    const done = { type: 'job-done', jobId: 'a', cached: false, seconds: 1 } as const;
    const { announcement } = reduce(before, done);
    return announcement === before.announcement ? null : announcement;
  };

  it.each(['base', 'language-model', 'pretrain', 'train', 'train-click', 'merge'] as const)(
    'says that a %s is done',
    (kind) => {
      expect(saidOf(kind)).toBe('the work finished, 1 of 2 jobs.');
    },
  );

  it.each(['prepare', 'ids', 'baseline', 'extend', 'click-start'] as const)(
    'is silent about %s',
    (kind) => {
      expect(saidOf(kind)).toBeNull();
    },
  );
});
