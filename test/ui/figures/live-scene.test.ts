import { describe, expect, it } from 'vitest';
import {
  fieldOf,
  HEIGHT,
  pointOf,
  sharesAt,
  snapped,
  withShare,
} from '../../../src/ui/figures/live-field.ts';
import { barsOf, linesOf, rangeOf, ticksOf } from '../../../src/ui/figures/live-scene.ts';
import { livePlace } from '../../../src/ui/state/live-place.ts';
import { NO_CURVES, curveBefore, withPoint } from '../../../src/ui/state/live-curves.ts';
import { NO_PROBE } from '../../../src/ui/state/state.ts';
import { axisKey, entryAt } from '../../../src/ui/document/live-axes.ts';
import { probed } from '../samples/sample-probe.ts';

const SHARE = {
  ...{ id: 'share', title: 'Share', min: 0, max: 1, value: 0.5 },
  ends: ['all Games', 'all Books'] as const,
};
const CURVE = {
  ...{ cells: '[]', axis: 'share', key: 'a' },
  points: [0, 0.5, 1].map((x) => ({ at: [x], result: probed({ Games: 2 + x, Books: 3 - x }) })),
};

describe('the picture of an axis', () => {
  it('has a line a domain with its interval, its own model at its own end, dot and ghost', () => {
    const here = { at: [0.3], result: probed({ Games: 2.25, Books: 2.75 }) };
    const before = { ...CURVE, key: 'b', points: CURVE.points.slice(0, 1) };
    const ghost = CURVE.points[0] ?? null;
    const lines = linesOf(SHARE, 'loss', { curve: CURVE, before, here, ghost });
    // Two users half a nat from the mean: 0.5 of standard error.
    const at = (x: number, value: number) => ({
      x,
      value,
      half: expect.closeTo(0.98, 6) as number,
    });
    expect(lines).toEqual([
      {
        ...{ domain: 'Games', own: 2, ownAt: 0, here: at(0.3, 2.25), ghost: at(0, 2) },
        ...{ points: [at(0, 2), at(0.5, 2.5), at(1, 3)], before: [at(0, 2)] },
      },
      {
        ...{ domain: 'Books', own: 2, ownAt: 1, here: at(0.3, 2.75), ghost: at(0, 3) },
        ...{ points: [at(0, 3), at(0.5, 2.5), at(1, 2)], before: [at(0, 3)] },
      },
    ]);
    const range = rangeOf(lines, 'loss');
    expect(range).toEqual([1, 4]);
    expect(ticksOf(range)).toEqual([1, 2, 3, 4]);
    expect(rangeOf([], 'recall1')).toEqual([0, 1]);
  });

  it('marks the newest model where no step in time is taken', () => {
    const ends = ['back in time', 'beyond the newest'] as const;
    const time = { ...SHARE, id: 'alpha', min: -0.5, max: 0.5, ends };
    const shown = { curve: CURVE, before: null, here: null, ghost: null };
    expect(linesOf(time, 'loss', shown).map(({ ownAt }) => ownAt)).toEqual([0, 0]);
    const density = { ...SHARE, id: 'density', ends: ['0', '1'] as const };
    expect(linesOf(density, 'loss', shown).map(({ ownAt }) => ownAt)).toEqual([null, null]);
  });
});

describe('bars beside the parents', () => {
  it('count hits, pair losses by user, and say what is no difference', () => {
    const [loss] = barsOf(probed({ Games: 3 }), 'loss');
    expect(loss).toMatchObject({
      merge: { value: 3, text: '3.00 ± 0.98' },
      parent: { value: 2, text: '2.00 ± 0.98' },
      change: '+1.00 ± 0.00',
      verdict: 'worse',
    });
    const [hits] = barsOf(probed({ Games: 3 }), 'recall1');
    // None of two, and not 0.0 ± 0.0.
    expect(hits).toMatchObject({
      merge: { text: '0 of 2' },
      parent: { text: '1 of 2' },
      change: '−50.0 ± 98.0',
      verdict: 'within error',
    });
    expect(barsOf(probed({ Games: 2 }), 'loss')[0]).toMatchObject({
      change: 'no user answered otherwise',
      verdict: '',
    });
  });
});

describe('the triangle', () => {
  it('has its models at the corners, and its shares where the point is', () => {
    expect(pointOf([1, 0, 0])).toEqual({ x: 50, y: 0 });
    expect(pointOf([0, 1, 0])).toEqual({ x: 0, y: HEIGHT });
    expect(pointOf([0, 0, 1])).toEqual({ x: 100, y: HEIGHT });
    const shares = [0.2, 0.3, 0.5] as const;
    sharesAt(pointOf(shares)).forEach((share, at) => {
      expect(share).toBeCloseTo(shares[at] ?? NaN, 9);
    });
    // Outside: on the side.
    const outside = sharesAt({ x: 50, y: HEIGHT + 30 });
    expect(outside[0]).toBe(0);
    expect(outside[1]).toBeCloseTo(0.5, 9);
  });

  it('is moved on the lattice, and by one share with the others in their ratio', () => {
    expect(snapped([0.333, 0.333, 0.334], 20)).toEqual([0.35, 0.3, 0.35]);
    expect(snapped([0.21, 0.29, 0.5], 20)).toEqual([0.2, 0.3, 0.5]);
    expect(withShare([0.2, 0.2, 0.6], 0, 0.6)).toEqual([0.6, 0.1, 0.3]);
    expect(withShare([1, 0, 0], 0, 0.5)).toEqual([0.5, 0.25, 0.25]);
    expect(withShare([0.2, 0.2, 0.6], 2, 7)).toEqual([0, 0, 1]);
  });

  it('is filled as far as it is measured, with the best marked, by domain or their mean', () => {
    const at = (point: readonly number[], games: number, books: number) => ({
      ...{ at: point, result: probed({ Games: games, Books: books }) },
    });
    const points = [at([1, 0, 0], 1, 5), at([0, 1, 0], 2, 2), at([0.95, 0.05, 0], 3, 3)];
    const curve = { ...CURVE, axis: 'triangle', points };
    const games = fieldOf(curve, 'loss', 'Games');
    expect(games).toMatchObject({ low: 1, high: 3, measured: 3, total: 231 });
    expect(games.best?.at).toEqual([1, 0, 0]);
    expect(fieldOf(curve, 'loss', null).best?.at).toEqual([0, 1, 0]);
    // Coarse cells under fine ones: two points at all three levels, one at the finest alone.
    expect(games.cells).toHaveLength(7);
    expect(fieldOf(null, 'loss', null)).toMatchObject({ cells: [], measured: 0, best: null });
  });
});

describe('where the controls stand', () => {
  const entry = { name: 'x', over: 'domains', parameters: { weight: [0.5, 0.5] } };
  const layout = { main: SHARE, more: [] };
  const result = probed({ Games: 2 });

  it('is known from the probe, or from the curve; else it is old', () => {
    expect(livePlace(entry, layout, '', NO_PROBE, NO_CURVES)).toBeNull();
    const probe = { ...NO_PROBE, result, entry: { ...entry, name: 'y' } };
    expect(livePlace(entry, layout, '', probe, NO_CURVES)).toEqual({ result, isStale: false });
    const moved = entryAt(entry, 'share', [0.25]);
    const there = { main: { ...SHARE, value: 0.25 }, more: [] };
    expect(livePlace(moved, there, '', probe, NO_CURVES)).toEqual({ result, isStale: true });
    const other = probed({ Games: 9 });
    const id = { cells: '', axis: 'share', key: axisKey(entry, 'share') };
    const curves = withPoint(NO_CURVES, id, { at: [0.25], result: other });
    expect(livePlace(moved, there, '', probe, curves)).toEqual({ result: other, isStale: false });
    expect(livePlace(moved, there, 'other cells', probe, curves)?.isStale).toBe(true);
    // What was measured with other settings of the same axis is drawn beside it.
    expect(curveBefore(curves, { ...id, key: 'b' })?.points).toHaveLength(1);
    expect(curveBefore(curves, id)).toBeNull();
  });
});
