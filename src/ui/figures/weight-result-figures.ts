import type { LineSeries } from '../../charts/line-chart.ts';
import { metricFacts, type MetricAt } from '../../lab/results/result-metrics.ts';
import { shownError, type ResultRow } from '../../lab/results/results.ts';
import { shortTitle, type RestoreChoice } from '../document/merge-form-restore.ts';
import { weightOf } from '../document/live-axes.ts';
import { metricTitle } from '../state/metric-choice.ts';
import { rowsFor } from '../state/selectors.ts';
import type { AnalysisFigure } from './analysis-figure.ts';
import { isOf, subjectOf } from './merge-dots.ts';

/** As results name it: what a model has to beat. */
const COUNTING = 'co-occurrence';

/** With fewer weights between the two models there is no curve to see. */
const LEAST = 2;

/** Marks of what puts something else back: none is that of the curve or of a cell. */
const OTHERS = [4, 5, 1, 2] as const;

type Merge = Readonly<Record<string, unknown>>;

/** An evaluated merge of two domains' cells, by the weight of the first. */
interface Weighed {
  readonly name: string;
  readonly weight: number;
  readonly stage: string;
  readonly restore: string;
}

export interface WeightResults {
  readonly rows: readonly ResultRow[];
  readonly merges: readonly Merge[];
  readonly domains: readonly string[];
  readonly stages: readonly string[];
  readonly restores: readonly RestoreChoice[];
  readonly seed: number | undefined;
  readonly means: MeanMethods;
}

/** Ids of the methods whose merges are points of one curve: the plain mean and the weighted one. */
export interface MeanMethods {
  readonly plain: string;
  readonly weighted: string;
}

/**
 * The merges of a document that differ in the weight of one of two domains alone, as a curve from
 * the one cell to the other, with co-occurrence as a level line; what puts something else back
 * stands beside it. null where a document has no such merges, or none is evaluated.
 */
export function weightResultFigure(given: WeightResults, shown: MetricAt): AnalysisFigure | null {
  const { domains, restores, seed } = given;
  const [first, second, ...more] = domains;
  if (first === undefined || second === undefined || more.length > 0) return null;
  const rows = rowsFor(given.rows, shown.metric, shown.k).filter(
    (row) =>
      (row.own || row.kind === 'baseline') &&
      (seed === undefined || row.seed === seed || row.kind === 'baseline'),
  );
  const weighed = given.merges.flatMap((merge) => weighedOf(merge, given));
  const usual = weighed.filter(({ restore }) => restore === '');
  if (new Set(usual.map(({ weight }) => weight)).size < LEAST) return null;
  const stage = usual[0]?.stage ?? '';
  const chosen = weighed.filter((one) => one.stage === stage);
  const table: (string | number)[][] = [];
  const series = domains.flatMap((domain, colour): LineSeries[] => {
    const own = rows.filter((row) => row.evalDomain === domain);
    const cell = own.find((row) => row.model === `${domain}/${stage}`);
    const at = (restore: string): Point[] =>
      chosen
        .filter((one) => one.restore === restore)
        .flatMap(({ name, weight }) =>
          pointOf(
            own.find((row) => isOf(row.model, name)),
            weight,
          ),
        );
    const parent = pointOf(cell, colour === 0 ? 1 : 0);
    const line = [...at('').filter(({ weight }) => weight !== parent[0]?.weight), ...parent];
    line.sort((a, b) => a.weight - b.weight);
    const others = restores
      .filter(({ id }) => id !== '')
      .flatMap((choice, index) => {
        const points = at(choice.id);
        table.push(...lines(domain, choice.title, points));
        return points.length === 0
          ? []
          : [
              marks(
                `${domain}, gets back ${shortTitle(choice)}`,
                points,
                colour,
                OTHERS[index % OTHERS.length] ?? 4,
              ),
            ];
      });
    const counting = pointOf(
      own.find((row) => row.model === COUNTING),
      0,
    );
    table.push(
      ...lines(domain, restores[0]?.title ?? '', line),
      ...lines(domain, COUNTING, counting),
    );
    return [
      {
        label: domain,
        ...{ x: line.map(({ weight }) => weight), y: line.map(({ value }) => value) },
        spread: line.map(({ value, error }) => [value - error, value + error] as const),
        ...{ draw: 'line', colour, stroke: 'solid', marker: 0 },
        names: line.map(({ name }) => name),
      },
      ...(parent.length === 0 ? [] : [marks(`${domain}, its own cell`, parent, colour, 3)]),
      ...others,
      ...counting.map(({ value }): LineSeries => ({
        label: `${domain}, ${COUNTING}`,
        ...{ x: [0, 1], y: [value, value], draw: 'line', colour, stroke: 'dashed' },
      })),
    ];
  });
  if (series.every(({ y }) => y.length === 0)) return null;
  const { unit } = metricFacts(shown.metric);
  return {
    title: `${metricTitle(shown)} over the weight of ${first}`,
    note: `Evaluated merges of the document on all test users: ${first} has the weight, ${second} the rest; ${restores[0] === undefined ? '' : `each gets back ${shortTitle(restores[0])}. `}Vertical lines are standard errors.`,
    table: {
      id: 'weights',
      title: 'Merges over the weight',
      header: [
        'evaluated on',
        'what',
        'model',
        `weight of ${first}`,
        metricTitle(shown),
        'standard error',
      ],
      rows: table,
    },
    chart: {
      type: 'lines',
      xLabel: `weight of ${first}`,
      yLabel: `${metricTitle(shown)}, ${unit}`,
      series,
    },
  };
}

interface Point {
  readonly name: string;
  readonly weight: number;
  readonly value: number;
  readonly error: number;
}

function pointOf(row: ResultRow | undefined, weight: number): Point[] {
  if (row === undefined) return [];
  return [{ name: row.model, weight, value: row.value, error: shownError(row) }];
}

function marks(
  label: string,
  points: readonly Point[],
  colour: number,
  marker: number,
): LineSeries {
  return {
    label,
    ...{ x: points.map(({ weight }) => weight), y: points.map(({ value }) => value) },
    ...{ draw: 'points', colour, marker },
    names: points.map(({ name }) => name),
  };
}

function lines(domain: string, what: string, points: readonly Point[]): (string | number)[][] {
  return points.map(({ name, weight, value, error }) => [domain, what, name, weight, value, error]);
}

/** An average has equal weights; of weighted ones those whose weights add up to 1. */
function weighedOf(merge: Merge, { domains, stages, means }: WeightResults): Weighed[] {
  const { method, parameters, gradients } = merge;
  if (merge['over'] !== 'domains' || gradients !== undefined) return [];
  const used = merge['domains'];
  if (Array.isArray(used) && used.join() !== domains.join()) return [];
  const weight =
    method === means.plain ? 0.5 : method === means.weighted ? sharedWeight(parameters) : null;
  if (weight === null) return [];
  const { name, parents } = subjectOf(merge, domains, stages);
  const stage = parents[0]?.slice(`${domains[0] ?? ''}/`.length) ?? '';
  return [
    { name, weight, stage, restore: typeof merge['restore'] === 'string' ? merge['restore'] : '' },
  ];
}

function sharedWeight(parameters: unknown): number | null {
  const share = weightOf({ parameters });
  const { weight } = (parameters ?? {}) as { readonly weight?: readonly number[] };
  const sum = weight?.reduce((total, one) => total + one, 0) ?? 0;
  return share !== null && Math.abs(sum - 1) < 1e-6 ? share : null;
}
