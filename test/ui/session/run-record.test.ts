import { describe, expect, it } from 'vitest';
import { runRecord } from '../../../src/ui/session/run-record.ts';
import {
  apply,
  doneState,
  readyState,
  SAMPLE_INSPECTION,
  SAMPLE_TEXT,
} from '../samples/sample-state.ts';

const TIMES = { startedAt: 'then', finishedAt: 'now', browser: 'none' };

describe('runRecord', () => {
  it('has the document that the rows came from, not the edited draft', () => {
    const before = runRecord(doneState(), TIMES);
    const text = SAMPLE_TEXT.replace('name: demo', 'name: edited\nseeds: [7]');
    const added = { ...SAMPLE_INSPECTION.jobs[0], id: 'new', title: 'new' } as const;
    const inspection = {
      ...SAMPLE_INSPECTION,
      jobs: [
        ...SAMPLE_INSPECTION.jobs,
        { ...added, kind: 'merge', inputs: [], cell: null, seed: 7, model: null },
      ],
      parameters: 1,
      notes: ['another'],
    } as const;
    const edited = apply(doneState(), [{ type: 'ui-document', text, preset: null }]);
    const checked = apply(edited, [{ type: 'ui-inspected', text, inspection }]);
    for (const state of [edited, checked]) {
      // The rows are those still shown: some leave with the models that the new plan lacks.
      expect({ ...runRecord(state, TIMES), rows: before?.rows }).toEqual(before);
    }
    expect(before?.info).toMatchObject({ name: 'demo', document: SAMPLE_TEXT });
    expect(before?.jobs).toHaveLength(SAMPLE_INSPECTION.jobs.length);

    const again = apply(checked, [{ type: 'ui-run-requested', started: { text, inspection } }]);
    const info = { name: 'edited', document: text, seeds: [7], parameters: 1, notes: ['another'] };
    expect(runRecord(again, TIMES)?.info).toMatchObject(info);
    expect(runRecord(again, TIMES)?.jobs.map(({ id }) => id)).toContain('new');
  });

  it('has the notes of the run after those of the inspection, each once', () => {
    const { notes: before } = SAMPLE_INSPECTION;
    const told = apply(doneState(), [
      { type: 'note', text: 'found' },
      { type: 'note', text: 'found' },
    ]);
    expect(runRecord(told, TIMES)?.info.notes).toEqual([...before, 'found']);
    const again = apply(told, [{ type: 'plan', jobs: SAMPLE_INSPECTION.jobs }]);
    expect(runRecord(again, TIMES)?.info.notes).toEqual([...before]);
  });

  it('has the draft before anything was run', () => {
    expect(runRecord(readyState(), TIMES)?.info.document).toBe(SAMPLE_TEXT);
  });
});
