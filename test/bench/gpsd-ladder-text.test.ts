import { describe, expect, it } from 'vitest';
import type { LadderRun, LadderSlope } from '../../bench/findings/ladder-record.ts';
import { textOf } from '../support/sources.ts';

/** What the page says of the ladder with enough impressions, held against what was stored. */
const HOME = 'bench/results/gpsd';
const page = textOf(`${HOME}/README.md`);
const lines = page.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
const { document, run, runs, slopes } = JSON.parse(
  textOf(`${HOME}/ladder-validated/record.json`),
) as {
  readonly document: string;
  readonly run: { readonly adapter: string; readonly finishedAt: string };
  readonly runs: readonly LadderRun[];
  readonly slopes: readonly LadderSlope[];
};

const number = (value: number, digits: number) => value.toFixed(digits).replace('-', '−');
const slopeOf = (name: string) => {
  const found = slopes.find(({ of }) => of === name);
  if (found === undefined) throw new Error(`no slope of ${name}`);
  return found.ofDraws;
};
const modelOf = ({ models }: LadderRun, strategy: string) => {
  const model = models[strategy];
  if (model === undefined) throw new Error(`no ${strategy}`);
  return model;
};

describe('the ladder with an early stop', () => {
  it.each(runs)('says what width $width reached in draw $draw', (one) => {
    const [nt, frozen] = [modelOf(one, 'NT'), modelOf(one, 'ST&SF')];
    const perParameter = one.impressions / one.denseParameters;
    const cells = [
      String(one.draw),
      String(one.width),
      one.denseParameters.toLocaleString('en'),
      number(perParameter, perParameter < 10 ? 1 : 0),
      ...[nt, frozen].flatMap(({ auc, logLoss, keptEpoch }) => [
        number(auc, 2),
        number(logLoss, 4),
        String(keptEpoch),
      ]),
      number(Math.min(...one.pretrainingHeldOut), 3),
    ];
    expect(lines).toContain(`| ${cells.join(' | ')} |`);
  });

  it.each(slopes)('says how much $of changes', ({ of, ofDraws }) => {
    const digits = of.endsWith('auc') ? 2 : 4;
    const said = ofDraws.map((slope) => number(slope, digits)).join(', ');
    expect(lines.some((line) => line.startsWith(`| ${of} |`) && line.includes(`| ${said} |`))).toBe(
      true,
    );
  });

  it('says what of it can be told', () => {
    for (const name of ['NT logLoss', 'ST&SF logLoss', 'pretraining loss']) {
      for (const slope of slopeOf(name)) expect(slope, name).toBeLessThan(0);
    }
    const [first, other] = slopeOf('ST&SF logLoss - NT logLoss');
    expect(first).toBeLessThan(0);
    expect(other).toBeGreaterThan(0);
    const ahead = runs.flatMap((one) =>
      one.width === 32 ? [modelOf(one, 'NT').logLoss - modelOf(one, 'ST&SF').logLoss] : [],
    );
    const said = ahead.map((value) => number(value, 3)).join(' and ');
    expect(page).toContain(`by ${said} nats`);
    const second = runs.find(({ draw, width }) => draw === 2 && width === 8);
    const [nt, frozen] = ['NT', 'ST&SF'].map((name) => second?.models[name]?.logLoss ?? NaN);
    expect(page).toContain(`by ${number((nt ?? NaN) - (frozen ?? NaN), 3)} nats`);
    for (const one of runs) {
      const [nt, frozen] = [modelOf(one, 'NT').logLoss, modelOf(one, 'ST&SF').logLoss];
      // In draw 1 the lines cross, in draw 2 they do not.
      if (one.draw === 1 && one.width < 32) expect(nt).toBeLessThan(frozen);
      else expect(frozen).toBeLessThan(nt);
      expect(one.pretrainingHeldOut.at(-1)).toBe(Math.min(...one.pretrainingHeldOut));
      for (const { keptEpoch } of Object.values(one.models)) expect(keptEpoch).toBe(3);
      for (const { curve } of Object.values(one.models)) {
        const first = curve.filter(([epoch]) => epoch <= 1);
        expect(first.map(([epoch]) => epoch)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
        // Nothing overfits inside the first epoch: its end is its best place in the test.
        expect(Math.min(...first.map(([, , loss]) => loss))).toBe(first.at(-1)?.[2]);
      }
    }
    expect(textOf(document)).toContain('name: gpsd-ladder-validated');
    expect(run.adapter).toContain('1 thread');
    expect(run.finishedAt.slice(0, 10)).toBe('2026-12-01');
  });
});
