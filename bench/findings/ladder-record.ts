import { studentT975 } from '../../src/core/student-t.ts';
import { regress } from '../../src/lab/analysis/weight-regression.ts';

/** One click model of the ladder, at the epoch that held-out users chose. */
export interface LadderModel {
  /** Percent. */
  readonly auc: number;
  /** Nats an impression. */
  readonly logLoss: number;
  readonly keptEpoch: number;
  /** Of users held out, from before the first epoch on. */
  readonly heldOut: readonly number[];
  /** Epoch, log loss in training, log loss and AUC in the test; five within the first epoch. */
  readonly curve: readonly (readonly [number, number, number, number])[];
}

/** One size in one draw of data, negatives and weights. */
export interface LadderRun {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly draw: number;
  readonly denseParameters: number;
  readonly itemParameters: number;
  /** Training, those held out among them; one positive for each negative. */
  readonly impressions: number;
  readonly popularityAuc: number;
  /** Next-item loss of sequences held out, from before the first epoch on. */
  readonly pretrainingHeldOut: readonly number[];
  readonly models: Readonly<Record<string, LadderModel>>;
}

/** Change for ten times as many dense parameters. */
export interface LadderSlope {
  readonly of: string;
  readonly ofDraws: readonly number[];
  readonly mean: number;
  /** 95 % over draws, Student's t; null for one draw. */
  readonly halfWidth: number | null;
}

/** Slopes of what was measured on log10 of the dense parameters, by least squares in every draw of two sizes or more. */
export function ladderSlopes(runs: readonly LadderRun[]): LadderSlope[] {
  const sizesOf = (draw: number) => runs.filter((run) => run.draw === draw).length;
  const draws = [...new Set(runs.map(({ draw }) => draw))]
    .filter((draw) => sizesOf(draw) > 1)
    .sort((a, b) => a - b);
  const strategies = Object.keys(runs[0]?.models ?? {});
  const slopesOf = (valueOf: (run: LadderRun) => number) =>
    draws.map((draw) =>
      slopeOf(
        runs.filter((run) => run.draw === draw),
        valueOf,
      ),
    );
  const ofModels = strategies.flatMap((strategy) =>
    (['logLoss', 'auc'] as const).map((metric) => ({
      of: `${strategy} ${metric}`,
      slopes: slopesOf(({ models }) => models[strategy]?.[metric] ?? NaN),
    })),
  );
  const [first, second] = ofModels.filter(({ of }) => of.endsWith('logLoss'));
  const pretraining = slopesOf(({ pretrainingHeldOut }) => Math.min(...pretrainingHeldOut));
  return [
    ...ofModels,
    ...(first === undefined || second === undefined
      ? []
      : [
          {
            of: `${second.of} - ${first.of}`,
            slopes: second.slopes.map((slope, at) => slope - (first.slopes[at] ?? NaN)),
          },
        ]),
    { of: 'pretraining loss', slopes: pretraining },
  ].map(({ of, slopes }) => ({ of, ofDraws: slopes, ...meanOf(slopes) }));
}

function slopeOf(runs: readonly LadderRun[], valueOf: (run: LadderRun) => number): number {
  const points = runs.map((run) => ({
    context: String(run.width),
    x: [Math.log10(run.denseParameters)],
    y: valueOf(run),
  }));
  const fit = regress(points, ['log10 of the dense parameters']);
  return fit.status === 'fitted' ? (fit.terms[1]?.coefficient ?? NaN) : NaN;
}

function meanOf(values: readonly number[]): { mean: number; halfWidth: number | null } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const t = studentT975(n - 1);
  if (n < 2 || t === undefined) return { mean, halfWidth: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, halfWidth: t * Math.sqrt(variance / n) };
}
