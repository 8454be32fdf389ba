import { describe, expect, it } from 'vitest';
import {
  differenceDots,
  differenceOf,
  differenceStart,
} from '../../../src/ui/figures/difference-figures.ts';
import { pivotResults } from '../../../src/ui/figures/results-table.ts';
import { comparedOf } from '../../../src/ui/state/shown-reference.ts';
import { reduce } from '../../../src/ui/state/reduce.ts';
import { runRecord } from '../../../src/ui/session/run-record.ts';
import { answeredState } from '../samples/sample-answers.ts';
import { apply, doneState } from '../samples/sample-state.ts';

const compared = (reference: string) => reduce(answeredState(), { type: 'ui-compare', reference });

describe('what results are compared with', () => {
  it('is nothing until it is chosen, or named by the document', () => {
    const state = answeredState();
    expect(comparedOf(state)).toMatchObject({ reference: null, differences: [] });
    expect(comparedOf(state).names).toEqual(
      expect.arrayContaining(['Games/phase1', 'phase1', 'average']),
    );
    const text = `${state.run.started?.text ?? ''}\nresults: { reference: phase1 }\n`;
    const named = { ...state, run: { ...state.run, started: null } };
    const asDocument = { ...named, document: { ...named.document, text } };
    expect(comparedOf(asDocument).reference).toBe('phase1');
    // What the page chooses goes before, also nothing.
    expect(comparedOf({ ...asDocument, reference: '' }).reference).toBeNull();
  });

  it('is nothing where the results do not have it', () => {
    expect(comparedOf(compared('SASRec')).reference).toBeNull();
    expect(comparedOf(doneState()).names).toEqual([]);
  });

  it('goes into the record of the run', () => {
    const record = runRecord(compared('phase1'), {
      ...{ browser: 'x', startedAt: '', finishedAt: '' },
    });
    expect(record?.reference).toBe('phase1');
    expect(record?.differences.map(({ model }) => model)).toContain('Games/phase2');
  });

  it('is forgotten with the jobs of another plan', () => {
    const state = apply(answeredState(), [{ type: 'plan', jobs: [] }]);
    expect(state.run.answers.models).toEqual([]);
  });
});

describe('differences in the page', () => {
  const { differences } = comparedOf(compared('phase1'));

  it('stand beside the line of their model, context and metric', () => {
    const { rows } = pivotResults(compared('phase1').run.rows);
    const lineOf = (model: string, context: string) => {
      const line = rows.find((row) => row.model === model && row.context === context);
      if (line === undefined) throw new Error(`no line of ${model}`);
      return line;
    };
    // Users b and c are new: 0, 100, 100, 0.
    const own = differenceOf(lineOf('Games/phase2', 'Games test'), 'recall@10', differences);
    expect(own?.difference).toBeCloseTo(50, 9);
    expect(own?.standardError).toBeCloseTo(28.8675, 4);
    expect(differenceOf(lineOf('Games/phase2', 'Games test'), 'recall@5', differences)).toBeNull();
    expect(differenceOf(lineOf('Games/phase1', 'Games test'), 'recall@10', differences)).toBeNull();
    const baseline = { ...lineOf('average', 'Games test'), kind: 'baseline' as const };
    expect(differenceOf(baseline, 'recall@10', differences)).toBeNull();
  });

  it('are dots around 0, the best first, from below the lowest', () => {
    const dots = differenceDots(differences, 'Games', { metric: 'recall', k: 10 }, 1);
    expect(dots.map(({ label, value }) => [label, value])).toEqual([
      ['Games/phase2', expect.closeTo(50, 9)],
      ['average', expect.closeTo(25, 9)],
    ]);
    expect(differenceStart(dots)).toBeCloseTo(0, 9);
    expect(differenceStart(dots.map((dot) => ({ ...dot, value: -3, standardError: 1 })))).toBe(-4);
    expect(differenceStart([])).toBe(0);
  });
});
