import { describe, expect, it } from 'vitest';
import type { JobSummary } from '../../src/lab/job/events.ts';
import { runRecord } from '../lab/report/run-record.ts';
import { RunRecorder } from '../../workers/lab/run-recorder.ts';

const jobs: JobSummary[] = ['a', 'b'].map((id) => ({
  id,
  kind: 'train',
  title: `train ${id}`,
  inputs: [],
  cell: null,
  seed: 1,
  model: { role: 'cell' },
}));

describe('RunRecorder', () => {
  it('joins the batches of a curve and keeps jobs without one out', () => {
    const { info, rows } = runRecord();
    const recorder = new RunRecorder(jobs);
    const loss = { type: 'loss', jobId: 'b' } as const;
    const first = { steps: [1, 2], losses: [3, 2], gradNorms: [1, 1], closeShares: [1, 0.5] };
    recorder.add({ ...loss, ...first });
    recorder.add({ ...loss, steps: [3], losses: [1], gradNorms: [1], closeShares: [0.25] });
    const choice = {
      ...{ epoch: 1, trained: 2, planned: 3, averaged: 1, values: [3, 1, 2], improves: true },
    };
    recorder.add({ type: 'choice', jobId: 'b', choice });
    for (const text of ['found', 'found', 'read']) recorder.add({ type: 'note', text });
    recorder.add({ type: 'job-done', jobId: 'a', cached: true, seconds: 0 });
    recorder.add({ type: 'job-done', jobId: 'b', cached: false, seconds: 2.5 });
    const record = recorder.record({
      inspection: {
        ok: true,
        name: 'demo',
        jobs,
        models: [],
        finished: ['a'],
        contexts: [],
        leaks: 0,
        parameters: 7,
        notes: ['read', 'checked'],
      },
      report: { choice: 'auto', profile: info.adapter, reason: '', hint: '' },
      document: 'not a document',
      rows,
      seconds: 2.5,
      startedAt: info.startedAt,
      finishedAt: info.finishedAt,
      browser: 'x',
    });
    const curve = { steps: [1, 2, 3], losses: [3, 2, 1], closeShares: [1, 0.5, 0.25] };
    expect(record.curves).toEqual([{ title: 'train b', ...curve }]);
    expect(record.jobs.map(({ id, cached, seconds }) => [id, cached, seconds])).toEqual([
      ['a', true, 0],
      ['b', false, 2.5],
    ]);
    expect(record.choices).toEqual([{ title: 'train b', ...choice }]);
    // What a page takes a model for is no part of the file.
    expect(record.jobs.filter((job) => 'model' in job)).toEqual([]);
    expect(record.info.notes).toEqual(['read', 'checked', 'found']);
  });
});
