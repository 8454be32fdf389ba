import type { DifferenceRow } from '../results/differences.ts';
import { metricFacts, metricText, type MetricAt } from '../results/result-metrics.ts';
import { contextOf } from './pivot.ts';

/** A model's differences by context, null where it could not be compared. */
export interface DifferenceLine {
  readonly model: string;
  readonly kind: DifferenceRow['kind'];
  readonly cells: readonly (DifferenceRow | null)[];
}

export interface DifferenceTable {
  readonly contexts: readonly string[];
  /** Model that each context was compared with. */
  readonly references: readonly string[];
  readonly lines: readonly DifferenceLine[];
}

/**
 * Models × contexts of one metric on the test window. Where there are several seeds it is their mean,
 * by user; the seeds stand in the files.
 */
export function differenceTable(
  rows: readonly DifferenceRow[],
  { metric, k }: MetricAt,
): DifferenceTable {
  const own = rows.filter((row) => row.metric === metric && row.k === k && row.split === 'test');
  const hasMeans = own.some(({ seed }) => seed === null);
  const chosen = own.filter(({ seed }) => !hasMeans || seed === null);
  const contexts = [...new Set(chosen.map(contextOf))];
  const models = new Map(chosen.map((row) => [`${row.kind}\n${row.model}`, row]));
  return {
    contexts,
    references: contexts.map((context) => {
      const here = chosen.filter((row) => contextOf(row) === context);
      return [...new Set(here.map(({ reference }) => reference))].join(', ');
    }),
    lines: [...models.values()].map(({ model, kind }) => ({
      model,
      kind,
      cells: contexts.map(
        (context) =>
          chosen.find(
            (row) => row.model === model && row.kind === kind && contextOf(row) === context,
          ) ?? null,
      ),
    })),
  };
}

/** "+1.20 ± 0.45"; an en dash where nothing could be compared. */
export function differenceText(row: DifferenceRow | null): string {
  if (row === null) return '–';
  return `${signed(row, row.difference)} ± ${metricText(row.metric, row.standardError)}`;
}

/** "+0.31 … +2.09" */
export function intervalText(row: DifferenceRow): string {
  return `${signed(row, row.low)} … ${signed(row, row.high)}`;
}

/** Whether 0 lies outside the 95 % interval: and then whether the model is the better one. */
export function verdictOf(row: DifferenceRow | null): 'better' | 'worse' | 'open' {
  if (row === null || !(row.low > 0 || row.high < 0)) return 'open';
  const isHigher = row.low > 0;
  return isHigher === (metricFacts(row.metric).better === 'higher') ? 'better' : 'worse';
}

function signed({ metric }: DifferenceRow, value: number): string {
  const text = metricText(metric, Math.abs(value));
  const isZero = Number(text) === 0;
  return `${isZero ? '±' : value < 0 ? '−' : '+'}${text}`;
}
