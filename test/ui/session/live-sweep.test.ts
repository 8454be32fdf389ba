import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import type { MergeEntry } from '../../../src/ui/document/document-edit.ts';
import { weightOf, type LiveLayout } from '../../../src/ui/document/live-axes.ts';
import { LiveSweep, stepsOf } from '../../../src/ui/session/live-sweep.ts';
import { initialState } from '../../../src/ui/state/state.ts';
import { Store } from '../../../src/ui/state/store.ts';
import { probed } from '../samples/sample-probe.ts';

const MERGE: MergeEntry = {
  ...{ name: 'live', over: 'domains', method: 'linear', stage: 'phase2' },
  ...{ domains: ['Games', 'Books'], parameters: { weight: [0.5, 0.5], normalize: true } },
};
const SHARE = {
  ...{ id: 'share', title: 'Share', min: 0, max: 1, value: 0.5 },
  ends: ['all Games', 'all Books'] as const,
};
const LAYOUT: LiveLayout = { main: SHARE, more: [] };

function opened() {
  return new Store(initialState('name: small\ntraining: {}\n', null));
}

/** A sweep whose lab answers with the second model's share as loss, and may do something before. */
function sweepOf(store: Store, before: (share: number) => unknown = () => undefined) {
  const asked: number[] = [];
  const ask = async (entry: MergeEntry) => {
    const share = Math.round(1e6 * (1 - (weightOf(entry) ?? NaN))) / 1e6;
    asked.push(share);
    await before(share);
    return probed({ Games: share });
  };
  return { asked, sweep: new LiveSweep(store, ask, () => Promise.resolve()) };
}

const pointsOf = (store: Store, at = 0) => store.state.curves.curves[at]?.points ?? [];

describe('live curves', () => {
  it('are asked coarse to fine, each place once, with the answer of its own place', async () => {
    const store = opened();
    const { sweep, asked } = sweepOf(store);
    await sweep.start(MERGE, LAYOUT);
    expect(asked.slice(0, 3)).toEqual([0, 1, 0.5]);
    expect(asked.slice(0, 21).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 21 }, (_, at) => at / 20),
    );
    const points = pointsOf(store);
    expect(points.map(({ at }) => at[0])).toEqual(Array.from({ length: 101 }, (_, at) => at / 100));
    for (const { at, result } of points) {
      expect(result.places[0]?.loss).toBeCloseTo(at[0] ?? NaN, 9);
    }
    expect(store.state.curves.isRunning).toBe(false);
    // Another place of the same curve needs no more.
    const other = { ...MERGE, name: 'other', parameters: { weight: [1, 0], normalize: true } };
    await sweep.start(other, LAYOUT);
    expect(asked).toHaveLength(101);
  });

  it('are coarse on every axis before the main one is fine, and fine where a hand was last', () => {
    const density = { ...SHARE, id: 'density', ends: ['0', '1'] as const };
    const lambda = { ...density, id: 'lambda' };
    const axes = stepsOf({ main: SHARE, more: [density, lambda], touched: 'lambda' }).map(
      ({ axis }) => axis,
    );
    const runs = axes.flatMap((axis, at) => (axis === axes[at - 1] ? [] : [[axis, at]]));
    expect(runs).toEqual([
      ['share', 0],
      ['density', 21],
      ['lambda', 42],
      ['share', 63],
      ['lambda', 143],
    ]);
    expect(axes).toHaveLength(223);
  });

  it('fill a triangle with 21, 66 and 231 points', () => {
    const models = ['Games', 'Books', 'Films'] as const;
    const triangle = { id: 'triangle', title: '', models, value: [1, 0, 0] } as const;
    const steps = stepsOf({ main: triangle, more: [] }).map(({ at }) => at.join());
    expect(new Set(steps).size).toBe(231);
    const inFifths = (text: string) => text.split(',').every((one) => (5 * Number(one)) % 1 === 0);
    expect(steps.slice(0, 21).every(inFifths)).toBe(true);
    expect(steps.slice(21).some(inFifths)).toBe(false);
  });

  it('keep what was measured with other settings, and go back to it without asking', async () => {
    const store = opened();
    const { sweep, asked } = sweepOf(store);
    await sweep.start(MERGE, LAYOUT);
    await sweep.start({ ...MERGE, restore: 'nothing' }, LAYOUT);
    expect(store.state.curves.curves.map(({ points }) => points.length)).toEqual([101, 101]);
    await sweep.start(MERGE, LAYOUT);
    expect(asked).toHaveLength(202);
  });

  it('ask again for a point that a slider took the place of', async () => {
    const store = opened();
    let refused = 0;
    const { sweep, asked } = sweepOf(store, (share) => {
      if (share !== 0.25 || refused > 0) return;
      refused += 1;
      throw new AppError('aborted', 'A newer probe replaced this one.');
    });
    await sweep.start(MERGE, LAYOUT);
    expect(asked.filter((share) => share === 0.25)).toHaveLength(2);
    expect(pointsOf(store)).toHaveLength(101);
  });

  it('end with a newer sweep, and with an edit of the cells', async () => {
    const store = opened();
    const newer: Promise<void>[] = [];
    const other = { ...MERGE, stage: 'phase1' };
    const { sweep } = sweepOf(store, (share) => {
      if (share === 0.5 && newer.length === 0) newer.push(sweep.start(other, LAYOUT));
    });
    await sweep.start(MERGE, LAYOUT);
    await Promise.all(newer);
    expect(pointsOf(store, 0).map(({ at }) => at[0])).toEqual([0, 1]);
    expect(pointsOf(store, 1)).toHaveLength(101);
    const edited = opened();
    const editing = sweepOf(edited, (share) => {
      if (share !== 0.5) return;
      const text = 'name: small\ntraining: { weightDecay: 0 }\n';
      edited.dispatch({ type: 'ui-document', text, preset: null });
    });
    await editing.sweep.start(MERGE, LAYOUT);
    expect(editing.asked).toEqual([0, 1, 0.5]);
    expect(pointsOf(edited).map(({ at }) => at[0])).toEqual([0, 1]);
    expect(edited.state.curves.isRunning).toBe(false);
  });

  it('say what went wrong, and keep what they have', async () => {
    const store = opened();
    const { sweep } = sweepOf(store, (share) => {
      if (share === 0.05) throw new AppError('checkpoint-missing', 'Not trained yet.');
    });
    await sweep.start(MERGE, LAYOUT);
    expect(store.state.curves.problem?.code).toBe('checkpoint-missing');
    expect(pointsOf(store)).toHaveLength(3);
  });
});
