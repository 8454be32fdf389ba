import type { AnalysisFigures } from './analysis-figure.ts';
import { curvesOfAnalyses } from './learning-curves.ts';

/** Train and test over epochs: drawn as the grid does, all seeds together; one table a seed. */
export const learningCurveFigures: AnalysisFigures = {
  kind: 'learning-curves',
  curves: curvesOfAnalyses,
  figures: ({ seed }, table) => [
    {
      title: `${table('epochs').title}, seed ${String(seed)}`,
      note: 'Users of one class only are left out of GAUC.',
      table: table('epochs'),
      chart: { type: 'none' },
    },
  ],
};
