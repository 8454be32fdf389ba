export interface CurveSeries {
  readonly label: string;
  /** Ascending. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Columns on one shared x axis; null where a series has no value at that step. */
export interface CurveTable {
  readonly steps: readonly number[];
  readonly columns: readonly (readonly (number | null)[])[];
}

/**
 * At most `limit` points: neighbours are averaged, so a long run stays cheap to draw and a spike
 * still shows as a rise. Non-finite values are kept as NaN, never averaged away.
 */
export function reduced(series: CurveSeries, limit: number): CurveSeries {
  const count = Math.min(series.steps.length, series.values.length);
  if (count <= limit) return series;
  const steps: number[] = [];
  const values: number[] = [];
  for (let bucket = 0; bucket < limit; bucket++) {
    const start = Math.floor((bucket * count) / limit);
    const end = Math.floor(((bucket + 1) * count) / limit);
    let sum = 0;
    for (let i = start; i < end; i++) sum += series.values[i] ?? NaN;
    steps.push(series.steps[end - 1] ?? NaN);
    values.push(sum / (end - start));
  }
  return { label: series.label, steps, values };
}

/**
 * Exponential mean with the start corrected (weights sum to one from the first point on).
 * @param weight share of the past in 0…1; 0 returns the values as they are
 */
export function smoothed(values: readonly number[], weight: number): readonly number[] {
  let mean = 0;
  let mass = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

/** Joins series on the union of their steps. */
export function joined(series: readonly CurveSeries[]): CurveTable {
  const steps = [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b);
  const columns = series.map((one) => {
    const known = new Map(one.steps.map((step, index) => [step, one.values[index] ?? null]));
    return steps.map((step) => known.get(step) ?? null);
  });
  return { steps, columns };
}

/** One sentence for those who do not see the picture. */
export function curveSummary(series: readonly CurveSeries[], yLabel: string): string {
  const parts = series
    .filter((one) => one.values.length > 0)
    .map((one) => {
      const first = one.values[0] ?? NaN;
      const last = one.values[one.values.length - 1] ?? NaN;
      const step = one.steps[one.steps.length - 1] ?? 0;
      return `${one.label}: ${first.toFixed(3)} at first, ${last.toFixed(3)} at step ${String(step)}`;
    });
  return parts.length === 0 ? `No ${yLabel} recorded yet.` : `${yLabel}. ${parts.join('; ')}.`;
}

/** The plotted numbers as CSV: step, then one column per series. */
export function curveCsv(series: readonly CurveSeries[]): string {
  const table = joined(series);
  const header = ['step', ...series.map((one) => `"${one.label.replaceAll('"', '""')}"`)];
  const lines = table.steps.map((step, row) =>
    [step, ...table.columns.map((column) => column[row] ?? '')].join(','),
  );
  return [header.join(','), ...lines, ''].join('\r\n');
}
