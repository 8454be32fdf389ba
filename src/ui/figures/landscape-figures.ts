import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { lineOf } from './analysis-figure.ts';
import type { AnalysisFigure, AnalysisFigures, TableOf } from './analysis-figure.ts';

/** Loss on the straight path between two models. */
export const pathFigures: AnalysisFigures = { kind: 'path', figures: figuresOfPath };

/** Loss on the plane through three models, a map a domain. */
export const planeFigures: AnalysisFigures = { kind: 'plane', figures: figuresOfPlane };

function figuresOfPath({ models }: AnalysisResult, table: TableOf): AnalysisFigure[] {
  const path = table('path');
  return [
    {
      title: `Loss on the straight path from ${models[0] ?? ''} to ${models[1] ?? ''}`,
      note: 'Teacher-forced loss of the targets of test users; the same users at every point.',
      table: path,
      chart: {
        type: 'lines',
        xLabel: 'share of the second model',
        yLabel: 'loss',
        series: path.header.slice(1).map((domain, k) => lineOf(domain, path, 0, k + 1)),
      },
    },
    {
      title: 'Barriers',
      note: 'Largest rise of the loss above the straight line between the two ends.',
      table: table('barriers'),
      chart: { type: 'none' },
    },
  ];
}

function figuresOfPlane({ models, value }: AnalysisResult, table: TableOf): AnalysisFigure[] {
  if (value.kind !== 'plane') return [];
  const plane = table('plane');
  const surfaces = value.surfaces.map(({ domain, losses }): AnalysisFigure => ({
    title: `Loss of ${domain} on the plane through ${models.join(', ')}`,
    note: 'Coordinates keep distances in parameter space: the first model lies at (0, 0), the second on the x axis. Rows are y, from the top.',
    table: plane,
    chart: {
      type: 'heat',
      corner: 'y \\ x',
      columns: value.xs.map((x) => x.toFixed(2)),
      rows: value.ys
        .map((y, row) => ({ label: y.toFixed(2), values: [...(losses[row] ?? [])] }))
        .reverse(),
      digits: 3,
    },
  }));
  const corners = table('corners');
  return [
    ...surfaces,
    { title: 'The three checkpoints', note: '', table: corners, chart: { type: 'none' } },
  ];
}
