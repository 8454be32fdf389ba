import type { HeatRow } from '../../charts/heat-table.ts';
import type { AxisScale } from '../../charts/axis-ticks.ts';
import type { LineSeries } from '../../charts/line-chart.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import type { AnalysisTable } from '../../lab/experiment/analyses/analysis-table.ts';
import type { StrategyCurve } from './learning-curves.ts';

export type FigureChart =
  | {
      readonly type: 'heat';
      readonly corner: string;
      readonly columns: readonly string[];
      readonly rows: readonly HeatRow[];
      readonly digits: number;
    }
  | {
      readonly type: 'lines';
      /** Linear unless it says otherwise. */
      readonly xScale?: AxisScale;
      readonly xLabel: string;
      readonly yLabel: string;
      readonly series: readonly LineSeries[];
    }
  | { readonly type: 'none' };

/** One figure of an analysis: what is drawn, and the table that it is drawn from. */
export interface AnalysisFigure {
  readonly title: string;
  readonly note: string;
  /** Exact, as it is saved. */
  readonly table: AnalysisTable;
  /** The table in words for the page, where the exact one is hard to read. */
  readonly display?: AnalysisTable;
  readonly chart: FigureChart;
}

/** A table of the analysis by its id. */
export type TableOf = (id: string) => AnalysisTable;

/** The page's half of a kind of analysis, with a line in `analysis-figures.ts`. */
export interface AnalysisFigures {
  readonly kind: AnalysisResult['value']['kind'];
  figures(result: AnalysisResult, table: TableOf): readonly AnalysisFigure[];
  /** What the component of the grid draws above the figures, of all seeds together. */
  readonly curves?: (results: readonly AnalysisResult[]) => readonly StrategyCurve[];
}

/** Column `y` of a table over its column `x`. */
export function lineOf(label: string, table: AnalysisTable, x: number, y: number): LineSeries {
  return {
    label,
    draw: 'line',
    x: table.rows.map((row) => numberAt(row, x) ?? NaN),
    y: table.rows.map((row) => numberAt(row, y) ?? NaN),
  };
}

/** The cell of a row, where it is a number. */
export function numberAt(
  row: AnalysisTable['rows'][number] | undefined,
  column: number,
): number | null {
  const value = row?.[column];
  return typeof value === 'number' ? value : null;
}
