import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import type { AnalysisFigure, AnalysisFigures, TableOf } from './analysis-figure.ts';

/** The best weight of each context against what the context is like, and the sweeps behind it. */
export const regressionFigures: AnalysisFigures = { kind: 'weight-regression', figures: figuresOf };

function figuresOf({ value }: AnalysisResult, table: TableOf): AnalysisFigure[] {
  if (value.kind !== 'weight-regression') return [];
  const { points, features, fit } = value;
  const contexts = table('contexts');
  const column = { newItemShare: 4, meanLogItemAge: 5 }[features[0] ?? ''];
  const x = contexts.rows.map((row) =>
    Number(row[column ?? contexts.header.indexOf('fitted') - 1]),
  );
  const order = x.map((_, at) => at).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0));
  const isLine = fit.status === 'fitted' && features.length === 1;
  const n = String(points.length);
  const [, slope] = fit.status === 'fitted' ? fit.terms : [];
  const interval =
    slope === undefined
      ? ''
      : ` Slope ${slope.coefficient.toFixed(3)}${slope.halfWidth === null ? '' : ` ± ${slope.halfWidth.toFixed(3)} (95 %)`}.`;
  const r2 = fit.status === 'fitted' && fit.r2 !== null ? ` R² ${fit.r2.toFixed(3)}.` : '';
  const reason = fit.status === 'degenerate' ? ` No fit: ${fit.reason}` : '';
  return [
    {
      title: `Best α against ${features.join(', ')}`,
      note: `n = ${n} contexts, α chosen on ${value.chosenOn} by ${value.metric}@${String(value.k)}.${interval}${r2}${reason} With so few points a fit is an illustration. The characteristics are this project's own definition.`,
      table: contexts,
      chart: {
        type: 'lines',
        xLabel: features[0] ?? '',
        yLabel: 'α',
        series: [
          {
            label: 'contexts',
            draw: 'points',
            x,
            y: points.map(({ weight }) => weight),
            names: points.map(({ domain }) => domain),
          },
          ...(isLine
            ? [
                {
                  label: 'least squares',
                  draw: 'line' as const,
                  x: order.map((at) => x[at] ?? NaN),
                  y: order.map((at) => fit.fitted[at] ?? NaN),
                },
              ]
            : []),
        ],
      },
    },
    {
      title: 'Coefficients',
      note: 'Leave-one-out: mean |α − prediction from the other contexts|, beside that of their plain mean.',
      table: table('fit'),
      chart: { type: 'none' },
    },
    {
      title: 'Sweep: value on the test window at each α',
      note: 'Means over seeds.',
      table: table('sweep'),
      chart: {
        type: 'lines',
        xLabel: 'α',
        yLabel: `${value.metric}@${String(value.k)}`,
        series: points.map(({ domain, test }) => ({
          label: domain,
          draw: 'line',
          x: value.weights,
          y: test,
        })),
      },
    },
  ];
}
