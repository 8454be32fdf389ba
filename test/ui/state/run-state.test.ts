import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import {
  EMPTY_RUN,
  mergeRows,
  reduceRun,
  withPlan,
  type RunState,
} from '../../../src/ui/state/run-state.ts';
import { SAMPLE_JOBS, SAMPLE_ROWS } from '../samples/sample-state.ts';

const JOB = 'train Games pretrain';

function after(...events: readonly RunEvent[]): RunState {
  return events.reduce(reduceRun, reduceRun(EMPTY_RUN, { type: 'plan', jobs: SAMPLE_JOBS }));
}

describe('reduceRun', () => {
  it('puts every job of a plan in order and queues it', () => {
    const run = after();
    expect(run.phase).toBe('running');
    expect(run.order).toEqual(SAMPLE_JOBS.map((job) => job.id));
    expect(Object.values(run.jobs).every((job) => job.status === 'queued')).toBe(true);
  });

  it('follows a job from start to end', () => {
    const run = after(
      { type: 'job-started', jobId: JOB },
      { type: 'job-progress', jobId: JOB, done: 7, total: 20, unit: 'steps', rate: 3.5 },
    );
    expect(run.currentJobId).toBe(JOB);
    expect(run.jobs[JOB]).toMatchObject({ status: 'running', done: 7, total: 20, rate: 3.5 });
    const ended = reduceRun(run, { type: 'job-done', jobId: JOB, cached: false, seconds: 4 });
    expect(ended.currentJobId).toBeNull();
    expect(ended.jobs[JOB]).toMatchObject({ status: 'done', done: 20, rate: 0, seconds: 4 });
  });

  it('tells stored artefacts and failures apart', () => {
    const error = { code: 'non-finite', message: 'NaN', hint: '' };
    const run = after(
      { type: 'job-done', jobId: 'prepare Games', cached: true, seconds: 0 },
      { type: 'job-failed', jobId: JOB, error },
    );
    expect(run.jobs['prepare Games']?.status).toBe('cached');
    expect(run.jobs[JOB]).toMatchObject({ status: 'failed', error });
  });

  it('appends losses and replaces those that a resumed job reports again', () => {
    const part = (steps: number[], losses: number[]): RunEvent => ({
      type: 'loss',
      jobId: JOB,
      steps,
      losses,
      gradNorms: steps,
    });
    const run = after(part([1, 2, 3], [3, 2, 1]), part([3, 4], [1.5, 0.5]));
    expect(run.jobs[JOB]?.curve.steps).toEqual([1, 2, 3, 4]);
    expect(run.jobs[JOB]?.curve.losses).toEqual([3, 2, 1.5, 0.5]);
  });

  it('keeps the share of close negatives of jobs that measure it', () => {
    const part = (steps: number[], closeShares: number[]): RunEvent => ({
      ...{ type: 'loss', jobId: JOB, steps, losses: steps, gradNorms: steps, closeShares },
    });
    const run = after(part([1, 2, 3], [1, 0.9, 0.8]), part([3, 4], [0.7, 0.2]));
    expect(run.jobs[JOB]?.curve.closeShares).toEqual([1, 0.9, 0.7, 0.2]);
    expect(after().jobs[JOB]?.curve.closeShares).toBeUndefined();
  });

  it('queues the interrupted job again when the run stops', () => {
    const run = after({ type: 'job-started', jobId: JOB }, { type: 'stopped' });
    expect(run.phase).toBe('stopped');
    expect(run.jobs[JOB]?.status).toBe('queued');
    expect(run.currentJobId).toBeNull();
  });

  it('stays "stopping" while the job before the stop still reports', () => {
    const stopping: RunState = { ...after(), phase: 'stopping' };
    expect(reduceRun(stopping, { type: 'job-started', jobId: JOB }).phase).toBe('stopping');
  });

  it('ignores events of jobs that are not in the plan', () => {
    const run = after();
    const event = { type: 'job-done', jobId: 'unknown', cached: false, seconds: 1 } as const;
    expect(reduceRun(run, event).jobs).toEqual(run.jobs);
  });

  it('does not change the state it was given', () => {
    const run = after({ type: 'job-started', jobId: JOB });
    const copy = structuredClone(run);
    reduceRun(run, { type: 'loss', jobId: JOB, steps: [1], losses: [2], gradNorms: [1] });
    reduceRun(run, { type: 'results', rows: SAMPLE_ROWS });
    expect(run).toEqual(copy);
  });
});

describe('withPlan', () => {
  it('keeps what is known of unchanged jobs, marks stored ones, drops the rest', () => {
    const run = after({ type: 'job-done', jobId: JOB, cached: false, seconds: 2 });
    const kept = SAMPLE_JOBS.filter((job) => job.kind === 'train');
    const next = withPlan(run, kept, ['train Books pretrain']);
    expect(next.jobs[JOB]?.status).toBe('done');
    expect(next.jobs['train Books pretrain']?.status).toBe('cached');
    expect(next.jobs['train Books phase1']?.status).toBe('queued');
    expect(next.jobs['prepare Games']).toBeUndefined();
  });

  it('drops the numbers of models that are no longer part of it', () => {
    const run = after({ type: 'results', rows: SAMPLE_ROWS });
    const kept = SAMPLE_JOBS.filter(({ id }) => id === JOB);
    const { rows } = withPlan(run, kept, []);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(SAMPLE_ROWS.filter(({ modelId }) => modelId === JOB));
  });
});

describe('mergeRows', () => {
  it('replaces a row of the same model, context and metric, and adds others', () => {
    const [first, second] = SAMPLE_ROWS;
    if (first === undefined || second === undefined) throw new Error('the sample has no rows');
    const rows = mergeRows([first], [{ ...first, value: 99 }, second]);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.value).toBe(99);
  });
});
