import { describe, expect, it } from 'vitest';
import {
  contextsOfCurves,
  CURVE_METRICS,
  curveLines,
  curveSeries,
  curvesOfAnalyses,
  curvesOfRun,
  curvesSummary,
  curveTable,
  compareStrategies,
  strategyLook,
  type StrategyCurve,
} from '../../../src/ui/figures/learning-curves.ts';
import type { EpochMetrics } from '../../../src/rec/behaviour/behaviour-types.ts';
import { clickDoneState, clickTrainingState, CURVE_ANALYSES } from '../samples/sample-clicks.ts';

const [AUC, LOSS, GAUC] = CURVE_METRICS;

function curve(
  strategy: string,
  seed: number,
  pairs: readonly (readonly [number | null, number | null])[],
): StrategyCurve {
  const clicks = (auc: number | null) => ({
    auc,
    gauc: auc,
    gaucLeftOut: 0,
    gaucUsers: 1,
    logLoss: 1 - (auc ?? 0),
    impressions: 10,
    positives: 5,
  });
  const epochs = pairs.map(([train, test], epoch): EpochMetrics => ({
    epoch,
    train: clicks(train),
    test: clicks(test),
  }));
  return { seed, domain: 'D', stage: 's', strategy, epochs };
}

const CURVES = [
  curve('ST&SF', 1, [
    [0.5, 0.5],
    [0.7, 0.6],
    [0.75, 0.65],
  ]),
  curve('NT', 1, [
    [0.5, 0.5],
    [0.8, 0.6],
    [0.9, 0.55],
  ]),
  curve('NT', 2, [
    [0.5, 0.5],
    [0.8, 0.64],
    [1, 0.55],
  ]),
];
const CHOICE = { context: 'D · s', seed: 'mean', metric: AUC } as const;

describe('lines of strategies', () => {
  it('stand in the order of the strategies, each with its own colour wherever it is drawn', () => {
    const lines = curveLines(CURVES, CHOICE);
    expect(lines.map(({ strategy, look }) => [strategy, look.colour])).toEqual([
      ['NT', 0],
      ['ST&SF', 4],
    ]);
    expect(strategyLook('ST&SF')).toEqual({ colour: 4, marker: 4 });
    const alone = curveLines(CURVES.slice(0, 1), CHOICE);
    expect(alone[0]?.look.colour).toBe(4);
  });

  it('of other models have their own colour and the shape of the strategy, after the transformer', () => {
    expect(strategyLook('DIN ST&SF')).toEqual({ colour: 5, marker: 4 });
    expect(['DIN ST', 'ST&SF', 'DIN NT', 'NT'].toSorted(compareStrategies)).toEqual([
      ...['NT', 'ST&SF', 'DIN NT', 'DIN ST'],
    ]);
    const din = { ...curve('DIN ST', 1, [[0.5, 0.5]]), stage: 'phase1 DIN ST' };
    expect(contextsOfCurves([din])).toEqual(['D · phase1']);
  });

  it('are means over seeds with the interval of the gap, or one seed', () => {
    const [mean] = curveLines(CURVES, CHOICE);
    expect(mean?.seeds).toBe(2);
    expect(mean?.test[1]).toBeCloseTo(0.62, 12);
    expect(mean?.gap).toBeCloseTo(0.4, 12);
    // Gaps 0.35 and 0.45: t(1) · s / √2 = 12.706 · 0.0707 / 1.414
    expect(mean?.gapHalfWidth).toBeCloseTo(0.6353, 4);
    const [second] = curveLines(CURVES, { ...CHOICE, seed: 2 });
    expect(second?.test[1]).toBe(0.64);
    expect(second?.gapHalfWidth).toBeNaN();
  });

  it('mark the best test epoch: the highest AUC, the lowest log loss', () => {
    expect(curveLines(CURVES, CHOICE).map(({ best }) => best)).toEqual([1, 2]);
    expect(curveLines(CURVES, { ...CHOICE, metric: LOSS }).map(({ best }) => best)).toEqual([1, 2]);
  });

  it('turn the gap of log loss round: more is more overfitting in either metric', () => {
    const [nt] = curveLines(CURVES, { ...CHOICE, seed: 1, metric: LOSS });
    expect(nt?.gap).toBeCloseTo(0.35, 12);
    const [ofGauc] = curveLines(CURVES, { ...CHOICE, metric: GAUC });
    expect(ofGauc?.gap).toBeNaN();
  });

  it('leave a seed that is still in training out of the mean', () => {
    const begun = curve('NT', 3, [[0.5, 0.1]]);
    const [nt] = curveLines([...CURVES, begun], CHOICE);
    expect(nt?.seeds).toBe(2);
    expect(nt?.epochs).toEqual([0, 1, 2]);
    expect(nt?.test[0]).toBe(0.5);
  });

  it('have gaps where a class is missing, and never a best there', () => {
    const lines = curveLines(
      [
        curve('NT', 1, [
          [null, null],
          [0.6, 0.6],
        ]),
      ],
      CHOICE,
    );
    expect(lines[0]?.test[0]).toBeNaN();
    expect(lines[0]?.best).toBe(1);
    expect(curveTable(lines, AUC).rows).toEqual([
      ['NT', 0, '', ''],
      ['NT', 1, 0.6, 0.6],
    ]);
    const none = curveLines([curve('NT', 1, [[null, null]])], CHOICE);
    expect(none[0]?.best).toBe(-1);
  });
});

describe('what is drawn', () => {
  it('is train dashed and test solid in one colour, and its table holds the same numbers', () => {
    const lines = curveLines(CURVES, { ...CHOICE, seed: 1 });
    const series = curveSeries(lines, AUC);
    expect(series.map(({ label, stroke, colour }) => [label, stroke, colour])).toEqual([
      ['NT train', 'dashed', 0],
      ['NT', 'solid', 0],
      ['ST&SF train', 'dashed', 4],
      ['ST&SF', 'solid', 4],
    ]);
    expect(series[1]?.ring).toBe(1);
    const { header, rows } = curveTable(lines, AUC);
    expect(header).toEqual(['strategy', 'epoch', 'train_auc', 'test_auc']);
    expect(rows.slice(0, 3).map((row) => row[2])).toEqual(series[0]?.y);
    expect(rows.slice(0, 3).map((row) => row[3])).toEqual(series[1]?.y);
  });

  it('has only the test side of GAUC', () => {
    const lines = curveLines(CURVES, { ...CHOICE, metric: GAUC });
    expect(curveSeries(lines, GAUC).map(({ label }) => label)).toEqual(['NT', 'ST&SF']);
    expect(curveTable(lines, GAUC).header).toEqual(['strategy', 'epoch', 'test_gauc']);
  });

  it('is said in a sentence', () => {
    const lines = curveLines(CURVES, { ...CHOICE, seed: 1 });
    expect(curvesSummary(lines, AUC)).toMatch(
      /NT after epoch 2: train 0\.9000, test 0\.5500, best test at epoch 1; ST&SF/,
    );
    expect(curvesSummary([], LOSS)).toBe('No log loss yet.');
  });
});

describe('curves of a run', () => {
  it('are the same from events and from analyses', () => {
    const state = clickDoneState();
    const live = curvesOfRun({ ...state.run, analyses: [] });
    const stored = curvesOfRun({ ...state.run, epochs: {} });
    const sorted = (curves: readonly StrategyCurve[]) =>
      curves.map((one) => JSON.stringify(Object.entries(one).toSorted())).toSorted();
    expect(sorted(live)).toEqual(sorted(stored));
    expect(live).toHaveLength(20);
    expect(contextsOfCurves(live)).toEqual(['Games', 'Books']);
  });

  it('belong to a domain, to its stage where there are several, or to a size of a ladder', () => {
    const named = (stage: string) => ({ ...curve('FT&SF', 1, [[0.5, 0.5]]), stage });
    expect(contextsOfCurves(['FT&SF', 'phase1 FT&SF', 'phase1'].map(named))).toEqual([
      'D',
      'D · phase1',
    ]);
    const { run } = clickTrainingState();
    const [job] = Object.values(run.jobs).filter(({ summary }) => summary.cell !== null);
    if (job === undefined) throw new Error('no cell');
    const { id } = job.summary;
    const summary = { ...job.summary, cell: null, title: 'train Games L4H64A4 NT (seed 1)' };
    const epochs = Object.fromEntries(Object.entries(run.epochs).filter(([one]) => one === id));
    const ladder = { ...run, epochs, jobs: { ...run.jobs, [id]: { ...job, summary } } };
    expect(contextsOfCurves(curvesOfRun(ladder))).toEqual(['Games · L4H64A4']);
  });

  it('show a model in training with the epochs it has', () => {
    const curves = curvesOfRun(clickTrainingState().run);
    expect(curves.map(({ strategy, epochs }) => [strategy, epochs.length])).toEqual([
      ['NT', 7],
      ['FT', 7],
      ['ST', 4],
    ]);
  });

  it('take the longer account of one model', () => {
    const { run } = clickTrainingState();
    const curves = curvesOfRun({ ...run, analyses: CURVE_ANALYSES });
    expect(
      curves.find(
        ({ strategy, seed, domain }) => strategy === 'ST' && seed === 1 && domain === 'Games',
      )?.epochs,
    ).toHaveLength(7);
    expect(curvesOfAnalyses(CURVE_ANALYSES)).toHaveLength(20);
  });
});
