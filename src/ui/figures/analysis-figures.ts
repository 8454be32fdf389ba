import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { tablesOf } from '../../lab/analysis/analysis-tables.ts';
import { type AnalysisTable } from '../../lab/analysis/analysis-table.ts';
import type { AnalysisFigure } from './analysis-figure.ts';
import { pathFigures, planeFigures } from './landscape-figures.ts';
import { scalingFigures } from './scaling-figures.ts';
import { taskVectorFigures } from './task-vector-figures.ts';
import { regressionFigures } from './weight-regression-figures.ts';

export function figuresOf(result: AnalysisResult): AnalysisFigure[] {
  const tables = new Map(tablesOf(result).map((table) => [table.id, table]));
  const table = (id: string): AnalysisTable =>
    tables.get(id) ?? { id, title: id, header: [], rows: [] };
  switch (result.value.kind) {
    case 'task-vectors':
      return taskVectorFigures(result, table);
    case 'path':
      return pathFigures(result, table);
    case 'plane':
      return planeFigures(result, table);
    case 'weight-regression':
      return regressionFigures(result, table);
    case 'learning-curves':
      // The view draws them with the component of the grid, all seeds together.
      return [
        {
          title: `${table('epochs').title}, seed ${String(result.seed)}`,
          note: 'Users of one class only are left out of GAUC.',
          table: table('epochs'),
          chart: { type: 'none' },
        },
      ];
    case 'scaling':
      return scalingFigures(result, table);
  }
}
