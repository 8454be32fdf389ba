import type { LineSeries } from '../../charts/line-chart.ts';
import { shortTitle, type RestoreChoice } from '../document/merge-form-restore.ts';
import type { WeightCurve, WeightCurves } from '../state/weight-curve.ts';
import type { AnalysisFigure } from './analysis-figure.ts';
import type { ProbeResult } from '../../../workers/lab/api.ts';

/** Where the sliders stand, with what was measured there. */
export interface LivePlace {
  readonly weight: number;
  readonly result: ProbeResult;
}

/**
 * Loss of every domain over the weight of the first of two models, on the probe's users: the curve
 * that the sliders move on, each domain's own model as a mark, and what the same merge is where
 * something else is put back.
 */
export function probeCurveFigure(
  { shown, before, isRunning }: WeightCurves,
  place: LivePlace | null,
  restores: readonly RestoreChoice[],
): AnalysisFigure | null {
  const [first] = shown?.points ?? [];
  if (shown === null || first === undefined) return null;
  const { places, split } = first.result;
  const [from, to] = shown.models;
  const series = places.flatMap(({ domain, parent, users }, colour): LineSeries[] => {
    const own = shown.models.indexOf(domain);
    const name = before === null ? domain : `${domain}, ${restoreTitle(shown, restores)}`;
    return [
      { ...lineOf(shown, domain), label: name, colour, stroke: 'solid' },
      ...(before === null
        ? []
        : [
            {
              ...lineOf(before, domain),
              label: `${domain}, ${restoreTitle(before, restores)}`,
              ...{ colour, stroke: 'dashed' as const },
            },
          ]),
      {
        label: `${domain}, its own model`,
        // The newest stage, which stands last, where there are no domains to choose from.
        x: [own === 0 ? 1 : 0],
        y: [parent.loss ?? Number.NaN],
        ...{ draw: 'points' as const, colour, marker: 3 },
        names: [`${domain}, its own model on ${String(users)} users`],
      },
      ...(place === null ? [] : [placeOf(place, domain, colour, colour > 0)]),
    ];
  });
  const points = String(shown.points.length);
  return {
    title: `Loss over the weight of ${from}`,
    note: `${points} weights measured${isRunning ? ', more to come' : ''}: ${from} has the weight, ${to} the rest. ${String(places[0]?.users ?? 0)} users of ${split}, the same ones at every weight; less is better. It counts how sure a model is, too: what is hit, the evaluated merges say.`,
    table: {
      id: 'weight-curve',
      title: 'Probes over the weight',
      header: [
        `weight of ${from}`,
        ...places.flatMap(({ domain }) => [`loss, ${domain}`, `greedy Recall@1, ${domain}`]),
      ],
      rows: shown.points.map(({ weight, result }) => [
        weight,
        ...result.places.flatMap(({ loss, recall1 }) => [loss ?? '–', recall1]),
      ]),
    },
    chart: {
      type: 'lines',
      xLabel: `weight of ${from}`,
      yLabel: 'loss, nats a code',
      series,
    },
  };
}

function lineOf({ points }: WeightCurve, domain: string): Pick<LineSeries, 'x' | 'y' | 'draw'> {
  return {
    x: points.map(({ weight }) => weight),
    y: points.map(({ result }) => lossOf(result, domain)),
    draw: 'line',
  };
}

function placeOf(
  { weight, result }: LivePlace,
  domain: string,
  colour: number,
  isUnlisted: boolean,
): LineSeries {
  return {
    label: 'where the sliders stand',
    ...{ x: [weight], y: [lossOf(result, domain)] },
    ...{ draw: 'points', colour, marker: 0, ring: 0, isUnlisted },
  };
}

function lossOf({ places }: ProbeResult, domain: string): number {
  return places.find((one) => one.domain === domain)?.loss ?? Number.NaN;
}

/** "its codes back". */
function restoreTitle({ restore }: WeightCurve, restores: readonly RestoreChoice[]): string {
  const title = restores.find(({ id }) => id === restore)?.title ?? restore;
  return `gets back ${shortTitle({ title })}`;
}
