import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { MergeEntry } from '../../../src/ui/document/document-edit.ts';
import { SWEEP, sweptMerge, weightOf } from '../../../src/ui/document/weight-sweep.ts';
import { WeightSweep } from '../../../src/ui/session/weight-sweep.ts';
import { initialState } from '../../../src/ui/state/state.ts';
import { Store } from '../../../src/ui/state/store.ts';
import type { ProbeResult } from '../../../workers/lab/api.ts';

const MERGE: MergeEntry = {
  ...{ name: 'live', over: 'domains', method: 'linear', stage: 'phase2' },
  ...{ domains: ['Games', 'Books'], parameters: { weight: [0.5, 0.5], normalize: true } },
};

function resultOf(entry: MergeEntry): ProbeResult {
  const loss = weightOf(entry) ?? Number.NaN;
  const numbers = { loss, recall1: 0, standardError: 0, users: 2 };
  return {
    split: 'test',
    places: [{ domain: 'Games', ...numbers, parent: numbers }],
    ms: { merge: 0, evaluate: 0, total: 0 },
  };
}

function opened() {
  return new Store(initialState('name: small\ntraining: {}\n', null));
}

/** A sweep whose lab answers with the weight as loss, and may do something before. */
function sweepOf(store: Store, before: (entry: MergeEntry) => unknown = () => undefined) {
  const asked: (number | null)[] = [];
  const ask = async (entry: MergeEntry) => {
    asked.push(weightOf(entry));
    await before(entry);
    return resultOf(entry);
  };
  return { asked, sweep: new WeightSweep(store, ask, () => Promise.resolve()) };
}

describe('the curve over the weight', () => {
  it('asks for both ends and quarters first, then for what lies between, each once', async () => {
    expect(SWEEP.slice(0, 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(SWEEP.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 17 }, (_, index) => index / 16),
    );
    const store = opened();
    const { sweep, asked } = sweepOf(store);
    await sweep.start(MERGE);
    expect(asked).toEqual(SWEEP);
    const { shown, isRunning } = store.state.curves;
    expect(isRunning).toBe(false);
    expect(shown?.models).toEqual(['Games', 'Books']);
    expect(shown?.points.map(({ weight }) => weight)).toEqual(SWEEP.toSorted((a, b) => a - b));
    // Each point has the answer of its own weight, and all else of the merge is as it was.
    expect(shown?.points.every(({ weight, result }) => result.places[0]?.loss === weight)).toBe(
      true,
    );
    await sweep.start({ ...MERGE, name: 'other', parameters: { weight: [1, 0], normalize: true } });
    expect(asked).toHaveLength(SWEEP.length);
  });

  it('keeps the curve of what was put back before beside it, and goes back without asking', async () => {
    const store = opened();
    const { sweep, asked } = sweepOf(store);
    await sweep.start(MERGE);
    await sweep.start({ ...MERGE, restore: 'nothing' });
    expect(store.state.curves.shown?.restore).toBe('nothing');
    expect(store.state.curves.before?.restore).toBe('');
    expect(store.state.curves.before?.points).toHaveLength(SWEEP.length);
    await sweep.start(MERGE);
    expect(store.state.curves.shown?.restore).toBe('');
    expect(store.state.curves.before?.restore).toBe('nothing');
    expect(asked).toHaveLength(2 * SWEEP.length);
    await sweep.start({ ...MERGE, stage: 'phase1' });
    expect(store.state.curves.before).toBeNull();
  });

  it('asks again for a point that a slider took the place of', async () => {
    const store = opened();
    let refused = 0;
    const { sweep, asked } = sweepOf(store, (entry) => {
      if (weightOf(entry) !== 0.25 || refused > 0) return;
      refused += 1;
      throw new AppError('aborted', 'A newer probe replaced this one.');
    });
    await sweep.start(MERGE);
    expect(asked.filter((weight) => weight === 0.25)).toHaveLength(2);
    expect(store.state.curves.shown?.points).toHaveLength(SWEEP.length);
  });

  it('ends with a newer one, whose points alone are kept', async () => {
    const store = opened();
    const other = { ...MERGE, stage: 'phase1' };
    const newer: Promise<void>[] = [];
    const { sweep } = sweepOf(store, (entry) => {
      if (entry['stage'] === 'phase2' && weightOf(entry) === 0.5) newer.push(sweep.start(other));
    });
    await sweep.start(MERGE);
    await Promise.all(newer);
    const { shown, isRunning } = store.state.curves;
    expect(isRunning).toBe(false);
    expect(shown?.key).toContain('phase1');
    expect(shown?.points).toHaveLength(SWEEP.length);
  });

  it('takes no point of other cells: a document that is edited meanwhile ends it', async () => {
    const store = opened();
    const { sweep, asked } = sweepOf(store, (entry) => {
      if (weightOf(entry) !== 0.5) return;
      const text = 'name: small\ntraining: { weightDecay: 0 }\n';
      store.dispatch({ type: 'ui-document', text, preset: null });
    });
    await sweep.start(MERGE);
    expect(asked).toEqual([0, 0.25, 0.5]);
    expect(store.state.curves.shown?.points.map(({ weight }) => weight)).toEqual([0, 0.25]);
    expect(store.state.curves.isRunning).toBe(false);
  });

  it('says what went wrong, keeps what it has, and shows none where there are no two weights', async () => {
    const store = opened();
    const { sweep } = sweepOf(store, (entry) => {
      if (weightOf(entry) === 0.75) throw new AppError('checkpoint-missing', 'Not trained yet.');
    });
    await sweep.start(MERGE);
    expect(store.state.curves.problem?.code).toBe('checkpoint-missing');
    expect(store.state.curves.shown?.points).toHaveLength(3);
    await sweep.start({ ...MERGE, parameters: { normalize: true } });
    expect(store.state.curves).toMatchObject({ shown: null, problem: null });
  });
});

describe('merges that a curve can be drawn of', () => {
  it('have two models with a weight each', () => {
    expect(sweptMerge({ ...MERGE, domains: ['Games', 'Books', 'Films'] })).toBeNull();
    expect(sweptMerge({ ...MERGE, parameters: { weight: 0.5 } })).toBeNull();
    const periods = { ...MERGE, over: 'periods', stages: ['phase1', 'phase2'] };
    expect(sweptMerge(periods)?.models).toEqual(['phase1', 'phase2']);
  });

  it('lie where the first weight has its share of both', () => {
    expect(weightOf(MERGE)).toBe(0.5);
    expect(weightOf({ parameters: { weight: [1, 3] } })).toBe(0.25);
    expect(weightOf({ parameters: { weight: [0, 0] } })).toBeNull();
  });
});
