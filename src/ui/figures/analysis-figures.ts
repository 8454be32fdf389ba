import { AppError } from '../../core/errors.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { tablesOf } from '../../lab/analysis/analysis-tables.ts';
import type { AnalysisTable } from '../../lab/experiment/analyses/analysis-table.ts';
import type { AnalysisFigure, AnalysisFigures } from './analysis-figure.ts';
import { heldOutChoiceFigures } from './held-out-choice-figures.ts';
import { pathFigures, planeFigures } from './landscape-figures.ts';
import { learningCurveFigures } from './learning-curve-figures.ts';
import { scalingFigures } from './scaling-figures.ts';
import { taskVectorFigures } from './task-vector-figures.ts';
import { regressionFigures } from './weight-regression-figures.ts';

/** The page's halves of all kinds. */
export const ANALYSIS_FIGURES: readonly AnalysisFigures[] = [
  taskVectorFigures,
  pathFigures,
  planeFigures,
  regressionFigures,
  heldOutChoiceFigures,
  learningCurveFigures,
  scalingFigures,
];

/** How a kind is drawn. @errors internal for a kind that nobody listed */
export function figuresOfKind({ value }: Pick<AnalysisResult, 'value'>): AnalysisFigures {
  const found = ANALYSIS_FIGURES.find(({ kind }) => kind === value.kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `No figures show the analysis "${value.kind}".`);
}

export function figuresOf(result: AnalysisResult): readonly AnalysisFigure[] {
  const tables = new Map(tablesOf(result).map((table) => [table.id, table]));
  const table = (id: string): AnalysisTable =>
    tables.get(id) ?? { id, title: id, header: [], rows: [] };
  return figuresOfKind(result).figures(result, table);
}
