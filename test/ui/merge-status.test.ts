import { expect, it } from 'vitest';
import { mergeStatus } from '../../src/ui/parts/merge/merge-list.ts';
import { EMPTY_RUN } from '../../src/ui/state/run-state.ts';
import { doneState, SAMPLE_JOBS } from './samples/sample-state.ts';

it('knows a merge by its job, and one whose job is that of another by its results', () => {
  const { run } = doneState();
  expect(mergeStatus(run, 'average')).toBe('done');
  expect(mergeStatus(run, 'bare average')).toBe('queued');
  const [row] = run.rows.filter(({ kind }) => kind === 'merge');
  if (row === undefined) throw new Error('no merge was evaluated');
  const more = { ...run, rows: [...run.rows, { ...row, model: 'bare average' }] };
  expect(mergeStatus(more, 'bare average')).toBe('done');
  expect(mergeStatus(EMPTY_RUN, 'average')).toBe('queued');
  expect(SAMPLE_JOBS.some(({ title }) => title === 'merge bare average')).toBe(false);
});
