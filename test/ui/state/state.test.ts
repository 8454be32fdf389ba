import { describe, expect, it } from 'vitest';
import { datasetFor, initialState, sourceOf } from '../../../src/ui/state/state.ts';
import { isBusy } from '../../../src/ui/state/run-phase.ts';
import { reduce } from '../../../src/ui/state/reduce.ts';
import type { Problem } from '../../../src/ui/text/problem.ts';
import { Store } from '../../../src/ui/state/store.ts';
import {
  apply,
  doneState,
  readyState,
  SAMPLE_INSPECTION,
  SAMPLE_JOBS,
  SAMPLE_TEXT,
  trainingState,
} from '../samples/sample-state.ts';

const PROBLEM: Problem = { code: 'data-invalid', message: 'Bad file.', hint: '', faults: [] };

describe('reduce', () => {
  it('drops a verdict on a text that was edited meanwhile', () => {
    const state = apply(readyState(), [{ type: 'ui-document', text: 'name: x', preset: null }]);
    const late = reduce(state, {
      type: 'ui-inspected',
      text: SAMPLE_TEXT,
      inspection: SAMPLE_INSPECTION,
    });
    expect(late.document.inspection).toBeNull();
  });

  it('shows stored cells before anything has run', () => {
    const state = apply(initialState(SAMPLE_TEXT, null), [
      {
        type: 'ui-inspected',
        text: SAMPLE_TEXT,
        inspection: { ...SAMPLE_INSPECTION, finished: ['train base'] },
      },
    ]);
    expect(state.run.jobs['train base']?.status).toBe('cached');
    expect(state.run.phase).toBe('idle');
  });

  it('leaves the plan of a run alone while an edited document is inspected', () => {
    const state = trainingState();
    const inspection = { ...SAMPLE_INSPECTION, jobs: SAMPLE_JOBS.slice(0, 1) };
    const next = reduce(state, { type: 'ui-inspected', text: SAMPLE_TEXT, inspection });
    expect(next.run).toBe(state.run);
    expect(next.document.inspection).toBe(inspection);
  });

  it('keeps the old data set when an import fails', () => {
    const dataset = { name: 'mine', domains: [], digest: 'd', notes: [] };
    const state = apply(readyState(), [
      { type: 'ui-imported', dataset, source: '' },
      { type: 'ui-import-progress', doneBytes: 5, totalBytes: 10 },
      { type: 'ui-import-failed', problem: PROBLEM },
    ]);
    expect(state.dataset).toBe(dataset);
    expect(state.importing).toBeNull();
    expect(state.problem).toBe(PROBLEM);
  });

  it('ends the run and keeps finished cells when the engine dies', () => {
    const state = reduce(trainingState(), { type: 'ui-session-failed', problem: PROBLEM });
    expect(isBusy(state.run)).toBe(false);
    expect(state.run.jobs['train base']?.status).toBe('done');
    expect(state.run.jobs['train Games phase2']?.status).toBe('queued');
  });

  it('ignores a stop when nothing runs', () => {
    const state = doneState();
    expect(reduce(state, { type: 'ui-stop-requested' }).run).toBe(state.run);
  });

  it('takes checkpoints and rows from the outcome', () => {
    const checkpoints = [{ name: 'Games/phase2/seed1', id: 'x' }];
    const outcome = { status: 'done', seconds: 3, rows: [], analyses: [], checkpoints } as const;
    const state = reduce(trainingState(), { type: 'ui-run-settled', outcome });
    expect(state.run.phase).toBe('done');
    expect(state.checkpoints).toBe(checkpoints);
  });

  it('counts every job of a finished run as done, though its last events were lost', () => {
    const before = trainingState();
    expect(Object.values(before.run.jobs).some((job) => job.status === 'running')).toBe(true);
    const outcome = {
      status: 'done',
      seconds: 3,
      rows: [],
      analyses: [],
      checkpoints: [],
    } as const;
    const done = reduce(before, { type: 'ui-run-settled', outcome });
    const statuses = new Set(Object.values(done.run.jobs).map((job) => job.status));
    expect([...statuses].filter((status) => status !== 'done' && status !== 'cached')).toEqual([]);
    const stopped = reduce(before, {
      type: 'ui-run-settled',
      outcome: { ...outcome, status: 'stopped' },
    });
    expect(stopped.run.jobs['train Games phase2']?.status).toBe('queued');
  });
});

describe('results that came with the page', () => {
  const prebaked = { engine: '1.1', machine: 'CPU', seed: 1 };
  const started = { text: SAMPLE_TEXT, inspection: SAMPLE_INSPECTION };
  const shown = () => {
    const inspection = { ...SAMPLE_INSPECTION, prebaked };
    const state = apply(doneState(), [{ type: 'ui-inspected', text: SAMPLE_TEXT, inspection }]);
    return { ...state, probe: { ...state.probe, roundTripMs: 7 } };
  };

  it('are told as such, and gone on from', () => {
    expect(shown().run.prebaked).toEqual(prebaked);
    const more = reduce(shown(), { type: 'ui-run-requested', started, results: 'shown' });
    expect(more.run.prebaked).toEqual(prebaked);
    expect(more.run.rows).toEqual(shown().run.rows);
  });

  it('are no part of a run that trains here', () => {
    const fresh = reduce(shown(), { type: 'ui-run-requested', started, results: 'own' });
    expect(fresh.run).toMatchObject({ phase: 'starting', prebaked: null, rows: [], jobs: {} });
    expect(fresh.probe.roundTripMs).toBe(0);
    // What was made here stays on show while it is made again.
    const again = reduce(doneState(), { type: 'ui-run-requested', started, results: 'own' });
    expect(again.run.rows).toEqual(doneState().run.rows);
  });
});

describe('datasetFor', () => {
  const csv = (user: string, more = '') =>
    `name: x${more}\ndata: { importer: csv, columns: { user: ${user} } }\n`;
  const dataset = { name: 'mine', domains: [], digest: 'd', notes: [] };
  const withText = (text: string) =>
    apply(readyState(), [
      { type: 'ui-imported', dataset, source: sourceOf(csv('u')) },
      { type: 'ui-document', text, preset: null },
    ]);

  it('gives the data set to a document that reads it the same way', () => {
    expect(datasetFor(withText(csv('u')))).toBe(dataset);
    expect(datasetFor(withText(csv('u', ' # edited')))).toBe(dataset);
  });

  it.each([
    ['other columns', csv('customer')],
    ['another source', SAMPLE_TEXT],
    ['a draft that is no YAML', 'data: ['],
    ['a value that is no number', 'data: { importer: csv, maxBadRows: .nan }'],
  ])('does not give it to a document with %s', (_, text) => {
    const state = withText(text);
    expect(datasetFor(state)).toBeNull();
    expect(state.dataset).toBe(dataset);
  });
});

describe('announcements', () => {
  it('speaks at a finished checkpoint and not at a step', () => {
    const before = trainingState();
    const step = reduce(before, {
      type: 'job-progress',
      jobId: 'train Games phase2',
      done: 22,
      total: 48,
      unit: 'steps',
      rate: 6,
    });
    expect(step.announcement).toBe(before.announcement);
    const end = {
      type: 'job-done',
      jobId: 'train Games phase2',
      cached: false,
      seconds: 9,
    } as const;
    expect(reduce(step, end).announcement).toBe('train Games phase2 finished, 8 of 17 jobs.');
  });
});

describe('Store', () => {
  it('tells listeners once a batch, and not at all when nothing changed', () => {
    const store = new Store(doneState());
    let calls = 0;
    const unsubscribe = store.subscribe(() => {
      calls += 1;
    });
    store.dispatch({ type: 'ui-view', view: 'merge' }, { type: 'ui-view', view: 'results' });
    expect(calls).toBe(1);
    store.dispatch({ type: 'ui-stop-requested' });
    expect(calls).toBe(1);
    unsubscribe();
    store.dispatch({ type: 'ui-view', view: 'grid' });
    expect(calls).toBe(1);
  });
});
