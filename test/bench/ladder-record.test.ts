import { describe, expect, it } from 'vitest';
import { ladderSlopes, type LadderRun } from '../../bench/findings/ladder-record.ts';

/** Losses that fall by `fall` for ten times as many parameters, from 0.6 at 100. */
function runs(draw: number, fall: number): LadderRun[] {
  return [100, 1000, 10_000].map((denseParameters, rung) => ({
    ...{ width: 8 << rung, heads: 1 << rung, layers: 1, draw, denseParameters },
    ...{ itemParameters: 0, impressions: 10, popularityAuc: 60 },
    pretrainingHeldOut: [9, 5 - rung, 6],
    models: {
      NT: model(0.65, 60),
      'ST&SF': model(0.6 - fall * rung, 60 + 2 * rung),
    },
  }));
}

function model(logLoss: number, auc: number): LadderRun['models'][string] {
  return { logLoss, auc, keptEpoch: 1, heldOut: [], curve: [] };
}

describe('slopes of a ladder', () => {
  const slopes = new Map(
    ladderSlopes([...runs(1, 0.01), ...runs(2, 0.03)]).map((slope) => [slope.of, slope]),
  );

  it('are what ten times as many parameters change, in every draw', () => {
    expect(slopes.get('ST&SF logLoss')?.ofDraws).toEqual([
      expect.closeTo(-0.01, 12),
      expect.closeTo(-0.03, 12),
    ]);
    expect(slopes.get('NT logLoss')?.mean).toBeCloseTo(0, 12);
    expect(slopes.get('ST&SF auc')?.mean).toBeCloseTo(2, 12);
    expect(slopes.get('pretraining loss')?.mean).toBeCloseTo(-1, 12);
  });

  it('are compared between strategies, with an interval over draws', () => {
    const { mean, halfWidth } = slopes.get('ST&SF logLoss - NT logLoss') ?? {};
    expect(mean).toBeCloseTo(-0.02, 12);
    // s = 0.01414, n = 2, t = 12.706
    expect(halfWidth).toBeCloseTo(12.706 * 0.01, 4);
  });

  it('are none of a draw with one size', () => {
    const [first] = runs(2, 0.5);
    if (first === undefined) throw new Error('no run');
    expect(ladderSlopes([...runs(1, 0.01), first])).toEqual(ladderSlopes(runs(1, 0.01)));
  });

  it('of one draw have no interval', () => {
    for (const { halfWidth } of ladderSlopes(runs(1, 0.01))) expect(halfWidth).toBeNull();
  });
});
