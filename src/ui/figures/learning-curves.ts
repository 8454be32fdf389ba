import type { LineSeries } from '../../charts/line-chart.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { seedInterval } from '../../lab/results/seed-interval.ts';
import {
  STRATEGIES,
  type ClickMetrics,
  type EpochMetrics,
} from '../../rec/behaviour/behaviour-types.ts';
import type { RunState } from '../state/run-state.ts';
import { unique } from '../state/selectors.ts';

/** Epochs of one click model, from its training or from a `learning-curves` analysis. */
export interface StrategyCurve {
  readonly seed: number;
  readonly domain: string;
  readonly stage: string;
  readonly strategy: string;
  readonly epochs: readonly EpochMetrics[];
}

export const CURVE_METRICS = [
  { id: 'auc', title: 'AUC', sides: 2, better: 'higher', digits: 4 },
  { id: 'log-loss', title: 'log loss', sides: 2, better: 'lower', digits: 4 },
  { id: 'gauc', title: 'GAUC', sides: 1, better: 'higher', digits: 4 },
] as const;
export type CurveMetric = (typeof CURVE_METRICS)[number];

/** Layers, width and heads as titles name them. */
const SIZE = /\bL\d+H\d+A\d+\b/;

/** Which of the curves are looked at: a context, and one seed or the mean over all. */
export interface CurveChoice {
  readonly context: string;
  readonly seed: number | 'mean';
  readonly metric: CurveMetric;
}

/** One strategy's metric over epochs; NaN where it is not defined. */
export interface CurveLine {
  readonly strategy: string;
  readonly look: StrategyLook;
  readonly seeds: number;
  readonly epochs: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** Place of the best test value; −1 where there is none. */
  readonly best: number;
  /**
   * At the last epoch: train − test, of log loss test − train, so that more means more overfitting.
   * NaN for metrics of one side.
   */
  readonly gap: number;
  /** Half the 95 % interval of the gap over seeds; NaN for one. */
  readonly gapHalfWidth: number;
}

/** Curves of a run: what training jobs told, and for those that came from the store the analyses. */
export function curvesOfRun(run: RunState): readonly StrategyCurve[] {
  const live = Object.entries(run.epochs).map(([id, { curve, epochs }]) => {
    const { seed, domain, stage, strategy } = curve;
    const summary = run.jobs[id]?.summary;
    // Models of a scaling study have no place in the grid: their sizes tell them apart.
    const size = summary?.cell === null ? SIZE.exec(summary.title)?.[0] : undefined;
    return { seed, domain, stage: size ?? stage, strategy, epochs };
  });
  return mergedCurves([...curvesOfAnalyses(run.analyses), ...live]);
}

export function curvesOfAnalyses(analyses: readonly AnalysisResult[]): readonly StrategyCurve[] {
  return mergedCurves(
    analyses.flatMap(({ seed, value }) =>
      value.kind === 'learning-curves' ? value.curves.map((curve) => ({ ...curve, seed })) : [],
    ),
  );
}

export function contextsOfCurves(curves: readonly StrategyCurve[]): readonly string[] {
  return unique(curves.map(contextOf));
}

export function seedsOfCurves(curves: readonly StrategyCurve[]): readonly number[] {
  return unique(curves.map(({ seed }) => seed)).toSorted((a, b) => a - b);
}

/** How a strategy is drawn, wherever that is. */
export interface StrategyLook {
  readonly colour: number;
  readonly marker: number;
}

/** A colour and a shape each; "DIN ST&SF" has the shape of ST&SF in the colour of other models. */
export function strategyLook(strategy: string): StrategyLook {
  const own = STRATEGIES.findIndex((one) => one === strategy);
  if (own !== -1) return { colour: own, marker: own };
  const last = STRATEGIES.findIndex((one) => one === strategy.split(' ').at(-1));
  const others = STRATEGIES.length;
  return { colour: others, marker: last === -1 ? others : last };
}

/** The transformer's strategies first, then those of other models. */
export function compareStrategies(a: string, b: string): number {
  const [x, y] = [strategyLook(a), strategyLook(b)];
  return x.colour - y.colour || x.marker - y.marker;
}

/** One line a strategy, in the strategies' order. */
export function curveLines(curves: readonly StrategyCurve[], choice: CurveChoice): CurveLine[] {
  const own = curves.filter(
    (curve) =>
      contextOf(curve) === choice.context &&
      (choice.seed === 'mean' || curve.seed === choice.seed) &&
      curve.epochs.length > 0,
  );
  return unique(own.map(({ strategy }) => strategy))
    .toSorted(compareStrategies)
    .map((strategy) => lineOf(own, strategy, choice.metric));
}

/** What is drawn: per strategy train dashed and test solid, the best test epoch in a ring. */
export function curveSeries(lines: readonly CurveLine[], { sides }: CurveMetric): LineSeries[] {
  return lines.flatMap(({ strategy, look, epochs, train, test, best }) => {
    const common = { colour: look.colour, x: epochs, draw: 'line' as const };
    const ofTest = { label: strategy, y: test, stroke: 'solid' as const, marker: look.marker };
    const ofTrain = { label: `${strategy} train`, y: train, stroke: 'dashed' as const };
    return [
      ...(sides === 2 ? [{ ...common, ...ofTrain, isUnlisted: true }] : []),
      { ...common, ...ofTest, ...(best >= 0 && { ring: best }) },
    ];
  });
}

/** The drawn numbers: a line per strategy and epoch. */
export function curveTable(
  lines: readonly CurveLine[],
  { id, sides }: CurveMetric,
): { readonly header: readonly string[]; readonly rows: readonly (string | number)[][] } {
  const name = id.replace('-', '_');
  const columns = sides === 2 ? [`train_${name}`, `test_${name}`] : [`test_${name}`];
  return {
    header: ['strategy', 'epoch', ...columns],
    rows: lines.flatMap(({ strategy, epochs, train, test }) =>
      epochs.map((epoch, at) => [
        strategy,
        epoch,
        ...(sides === 2 ? [train, test] : [test]).map((values) => blank(values[at])),
      ]),
    ),
  };
}

/** One sentence for those who do not see the picture. */
export function curvesSummary(lines: readonly CurveLine[], metric: CurveMetric): string {
  const { title, sides, digits } = metric;
  const parts = lines.map(({ strategy, epochs, test, train, best }) => {
    const last = epochs.length - 1;
    const at = (values: readonly number[]) => (values[last] ?? NaN).toFixed(digits);
    const ends = sides === 2 ? `train ${at(train)}, test ${at(test)}` : `test ${at(test)}`;
    const peak = best < 0 ? '' : `, best test at epoch ${String(epochs[best])}`;
    return `${strategy} after epoch ${String(epochs[last])}: ${ends}${peak}`;
  });
  return parts.length === 0 ? `No ${title} yet.` : `${title} over epochs. ${parts.join('; ')}.`;
}

/** "Games", or "Games · phase1"; a cell of the grid carries its strategy in the name of its stage. */
function contextOf({ domain, stage, strategy }: StrategyCurve): string {
  const own = stage.endsWith(strategy) ? stage.slice(0, -strategy.length).trim() : stage;
  return own === '' ? domain : `${domain} · ${own}`;
}

/** Of two accounts of one model the longer one, the later where they are equally long. */
function mergedCurves(curves: readonly StrategyCurve[]): readonly StrategyCurve[] {
  const merged = new Map<string, StrategyCurve>();
  for (const curve of curves) {
    const key = [curve.seed, curve.domain, curve.stage, curve.strategy].join('\u0000');
    const known = merged.get(key);
    if ((known?.epochs.length ?? 0) <= curve.epochs.length) merged.set(key, curve);
  }
  return [...merged.values()];
}

/** Mean over the seeds that have come furthest: one still in training would cut the others short. */
function lineOf(
  curves: readonly StrategyCurve[],
  strategy: string,
  metric: CurveMetric,
): CurveLine {
  const own = curves.filter((curve) => curve.strategy === strategy);
  const furthest = Math.max(...own.map((curve) => curve.epochs.length));
  const seeds = own.filter((curve) => curve.epochs.length === furthest);
  const epochs = (seeds[0]?.epochs ?? []).map(({ epoch }) => epoch);
  const values = (side: 'train' | 'test') =>
    epochs.map((epoch) => mean(seeds.map((seed) => valueOf(at(seed, epoch)?.[side], metric))));
  const test = values('test');
  const last = epochs.at(-1);
  const gaps = seeds.map((seed) => gapOf(last === undefined ? undefined : at(seed, last), metric));
  return {
    strategy,
    look: strategyLook(strategy),
    seeds: seeds.length,
    epochs,
    train: values('train'),
    test,
    best: bestPlace(test, metric),
    gap: mean(gaps),
    gapHalfWidth:
      gaps.length > 1 && gaps.every(Number.isFinite) ? seedInterval(gaps).halfWidth : NaN,
  };
}

function at({ epochs }: StrategyCurve, epoch: number): EpochMetrics | undefined {
  return epochs.find((one) => one.epoch === epoch);
}

function valueOf(metrics: ClickMetrics | undefined, { id }: CurveMetric): number {
  if (metrics === undefined) return NaN;
  return (id === 'log-loss' ? metrics.logLoss : metrics[id]) ?? NaN;
}

function gapOf(epoch: EpochMetrics | undefined, metric: CurveMetric): number {
  if (epoch === undefined || metric.sides === 1) return NaN;
  const gap = valueOf(epoch.train, metric) - valueOf(epoch.test, metric);
  return metric.better === 'higher' ? gap : -gap;
}

function bestPlace(values: readonly number[], { better }: CurveMetric): number {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return -1;
  return values.indexOf(better === 'higher' ? Math.max(...finite) : Math.min(...finite));
}

/** NaN where a value is missing: a mean of fewer seeds would be of other models. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function blank(value: number | undefined): number | string {
  return value !== undefined && Number.isFinite(value) ? value : '';
}
