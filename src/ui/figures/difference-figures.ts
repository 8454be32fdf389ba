import type { Dot } from '../../charts/dot-table.ts';
import type { DifferenceRow } from '../../lab/results/differences.ts';
import { metricFacts, type MetricAt } from '../../lab/results/result-metrics.ts';
import type { PivotRow } from './results-table.ts';

/**
 * The difference that belongs to a line of the results table: of its model, context and seed; of a
 * baseline, which has no seed, that of the mean over the reference's seeds.
 */
export function differenceOf(
  row: PivotRow,
  metricId: string,
  differences: readonly DifferenceRow[],
): DifferenceRow | null {
  const own = differences.filter(
    (one) =>
      one.model === row.model &&
      one.kind === row.kind &&
      `${one.evalDomain} ${one.evalPeriod}` === row.context &&
      `${one.metric}@${String(one.k)}` === metricId,
  );
  const mean = own.find(({ seed }) => seed === null);
  if (row.kind === 'baseline') return mean ?? own[0] ?? null;
  return own.find(({ seed }) => seed === row.seed) ?? null;
}

/** Differences on one context as dots, the best first; the dots around which their errors are paired. */
export function differenceDots(
  differences: readonly DifferenceRow[],
  context: string,
  { metric, k }: MetricAt,
  seed: number | undefined,
): readonly Dot[] {
  const sign = metricFacts(metric).better === 'lower' ? -1 : 1;
  return differences
    .filter(
      (one) =>
        one.evalDomain === context &&
        one.split === 'test' &&
        one.metric === metric &&
        one.k === k &&
        (one.own || one.kind === 'baseline') &&
        (seed === undefined || one.seed === seed),
    )
    .map((one) => ({
      label: one.model,
      kind: one.kind === 'merge' || one.kind === 'baseline' ? one.kind : ('other' as const),
      value: one.difference,
      standardError: one.standardError,
      n: one.nUsers,
      highlighted: false,
    }))
    .sort((a, b) => sign * (b.value - a.value));
}

/** Where the axis of differences begins: 0 is on it, whatever the dots are. */
export function differenceStart(dots: readonly Dot[]): number {
  return Math.min(0, ...dots.map(({ value, standardError }) => value - standardError));
}
