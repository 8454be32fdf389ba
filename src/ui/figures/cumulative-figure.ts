import { monthName, sharePoints } from '../../rec/data/cumulative-share.ts';
import type { ContextStatistics } from '../../../workers/lab/api.ts';
import type { AnalysisFigure } from './analysis-figure.ts';

/**
 * How the interactions of each domain add up: the curve that tells old domains from recent ones.
 * null where nothing is counted.
 * @source MMGRid's figure of its data
 */
export function cumulativeFigure(
  contexts: readonly Pick<ContextStatistics, 'domain' | 'cumulative'>[],
): AnalysisFigure | null {
  const curves = contexts.flatMap(({ domain, cumulative }) => {
    const points = sharePoints(cumulative);
    return points.length === 0 ? [] : [{ domain, points }];
  });
  if (curves.length === 0) return null;
  return {
    title: 'Interactions add up',
    note: 'Percent of a domain’s interactions before the month begins (UTC), after filtering. A curve that rises late belongs to a recent domain.',
    table: {
      id: 'cumulative',
      title: '',
      header: ['domain', 'before', 'percent'],
      rows: curves.flatMap(({ domain, points }) =>
        points.map(({ month, share }) => [domain, monthName(month), 100 * share]),
      ),
    },
    chart: {
      type: 'lines',
      xScale: 'months',
      xLabel: 'month',
      yLabel: 'interactions before it, %',
      series: curves.map(({ domain, points }) => ({
        label: domain,
        draw: 'line',
        x: points.map(({ month }) => month),
        y: points.map(({ share }) => 100 * share),
      })),
    },
  };
}
