import type { LineSeries } from '../../charts/line-chart.ts';
import type { AnalysisResult, ArtefactOf } from '../../lab/analysis/analysis-result.ts';
import type { AnalysisTable } from '../../lab/experiment/analyses/analysis-table.ts';
import type { AnalysisFigure, AnalysisFigures } from './analysis-figure.ts';
import { formatCount } from '../text/format.ts';
import { strategyLook } from './learning-curves.ts';
import { unique } from '../state/selectors.ts';

type Scaling = ArtefactOf<'scaling'>;
type Rung = Scaling['rungs'][number];
type Fit = Scaling['fits'][number];
type PowerLaw = Extract<Fit['fit'], { status: 'fitted' }>;

const METRICS = [
  { id: 'auc', title: 'AUC', axis: 'test AUC' },
  { id: 'log-loss', title: 'Log loss', axis: 'test log loss, nats' },
] as const;
type Metric = (typeof METRICS)[number];

/** Places along a fitted curve: enough for a smooth line on a logarithmic axis. */
const CURVE_POINTS = 60;

/** Test quality against the size of the dense part: a chart a metric, and the fits. */
export const scalingFigures: AnalysisFigures = { kind: 'scaling', figures: figuresOf };

function figuresOf(
  { value }: AnalysisResult,
  table: (id: string) => AnalysisTable,
): AnalysisFigure[] {
  if (value.kind !== 'scaling') return [];
  const of = value.domain === '' ? '' : ` of ${value.domain}`;
  const epoch = value.epoch === 'last' ? 'last epoch' : 'best test epoch';
  const charts = METRICS.map((metric): AnalysisFigure => {
    const bare = unfitted(value.fits, metric);
    return {
      title: `${metric.title}${of} against the number of dense parameters`,
      note: `Each model at its ${epoch}. Points: mean over seeds, from the lowest to the highest seed. Curves: fitted power law.${bare}`,
      table: table('ladder'),
      display: ladderTable(value.rungs),
      chart: {
        type: 'lines',
        xScale: 'log',
        xLabel: 'dense parameters (all but the sparse embeddings), logarithmic',
        yLabel: metric.axis,
        series: scalingSeries(value, metric.id),
      },
    };
  });
  return [
    ...charts,
    {
      title: 'Fitted power laws',
      note: 'y = bound + coefficient · x^(−exponent), x the number of dense parameters. In brackets the 95 % intervals. The bound is what the fit expects of an endlessly large dense part.',
      table: table('power-law'),
      display: fitTable(value.fits),
      chart: { type: 'none' },
    },
  ];
}

/** Points with their spread over seeds, and the fitted curve over the measured range. */
export function scalingSeries(
  { rungs, fits }: Pick<Scaling, 'rungs' | 'fits'>,
  metric: Metric['id'],
): LineSeries[] {
  return unique(rungs.map(({ strategy }) => strategy)).flatMap((strategy) => {
    const look = strategyLook(strategy);
    const own = rungs
      .filter((rung) => rung.strategy === strategy)
      .toSorted((a, b) => a.denseParameters - b.denseParameters);
    const x = own.map(({ denseParameters }) => denseParameters);
    const seeds = own.map((rung) => seedValues(rung, metric));
    const fit = fits.find((one) => one.strategy === strategy && one.metric === metric)?.fit;
    const points: LineSeries = {
      label: strategy,
      draw: 'points',
      ...look,
      x,
      y: seeds.map(mean),
      spread: seeds.map((values) => [Math.min(...values), Math.max(...values)]),
      names: own.map(
        (rung, at) =>
          `${strategy}, ${sizeOf(rung)}, ${formatCount(rung.denseParameters)} dense parameters: ${mean(seeds[at] ?? []).toFixed(4)}`,
      ),
    };
    return fit?.status === 'fitted' ? [fittedSeries(points, fit), points] : [points];
  });
}

function fittedSeries({ label, colour = 0, x }: LineSeries, fit: PowerLaw): LineSeries {
  const [low = 1, high = 1] = [x[0], x.at(-1)];
  const xs = Array.from(
    { length: CURVE_POINTS },
    (_, at) => low * (high / low) ** (at / (CURVE_POINTS - 1)),
  );
  return {
    label: `${label}, fitted`,
    draw: 'line',
    stroke: 'solid',
    colour,
    isUnlisted: true,
    x: xs,
    y: xs.map((one) => powerLawAt(fit, one)),
  };
}

export function powerLawAt(
  { bound, coefficient, exponent }: Pick<PowerLaw, 'bound' | 'coefficient' | 'exponent'>,
  x: number,
): number {
  return bound + coefficient * x ** -exponent;
}

function ladderTable(rungs: readonly Rung[]): AnalysisTable {
  const header = ['strategy', 'size', 'dense parameters', 'seeds', 'AUC', 'log loss'];
  return {
    id: 'ladder',
    title: '',
    header,
    rows: rungs.map((rung) => [
      rung.strategy,
      sizeOf(rung),
      rung.denseParameters,
      rung.seeds.length,
      rangeText(seedValues(rung, 'auc')),
      rangeText(seedValues(rung, 'log-loss')),
    ]),
  };
}

function fitTable(fits: readonly Fit[]): AnalysisTable {
  const header = ['strategy', 'metric', 'points', 'bound', 'coefficient', 'exponent', 'R²'];
  const anyBare = fits.some(({ fit }) => fit.status === 'degenerate');
  const reasons = anyBare ? ['why not fitted'] : [];
  return {
    id: 'power-law',
    title: '',
    header: [...header, ...reasons],
    rows: fits.map(({ strategy, metric, fit }) => {
      const name = METRICS.find(({ id }) => id === metric)?.title ?? metric;
      if (fit.status === 'degenerate') {
        return [strategy, name, fit.n, '–', '–', '–', '–', fit.reason];
      }
      return [
        ...[strategy, name, fit.n],
        withInterval(fit.bound, fit.boundInterval),
        fit.coefficient,
        withInterval(fit.exponent, fit.exponentInterval),
        fit.r2 ?? '–',
        ...reasons.map(() => ''),
      ];
    }),
  };
}

/** " No curve for NT: three sizes are too few." */
function unfitted(fits: readonly Fit[], metric: Metric): string {
  return fits
    .flatMap((one) =>
      one.metric === metric.id && one.fit.status === 'degenerate'
        ? [` No curve for ${one.strategy}: ${one.fit.reason.replace(/\.$/, '')}.`]
        : [],
    )
    .join('');
}

function seedValues({ seeds }: Rung, metric: Metric['id']): number[] {
  return seeds.map(({ auc, logLoss }) => (metric === 'auc' ? (auc ?? NaN) : logLoss));
}

function sizeOf({ layers, width, heads }: Rung): string {
  return `L${String(layers)}H${String(width)}A${String(heads)}`;
}

function withInterval(value: number, interval: readonly [number, number] | null): string {
  const text = value.toFixed(4);
  return interval === null
    ? `${text} (no interval)`
    : `${text} (${interval.map((end) => end.toFixed(4)).join(' to ')})`;
}

/** "0.6512 (0.6490 to 0.6533)"; an en dash where AUC is not defined. */
function rangeText(values: readonly number[]): string {
  const middle = mean(values);
  if (!Number.isFinite(middle)) return '–';
  if (values.length === 1) return middle.toFixed(4);
  const ends = [Math.min(...values), Math.max(...values)].map((end) => end.toFixed(4));
  return `${middle.toFixed(4)} (${ends.join(' to ')})`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
