import type { HeatRow } from '../../charts/heat-table.ts';
import type { AxisScale } from '../../charts/axis-ticks.ts';
import type { LineSeries } from '../../charts/line-chart.ts';
import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import { tablesOf, type AnalysisTable } from '../../lab/analysis/analysis-tables.ts';
import { scalingFigures } from './scaling-figures.ts';

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

type Cell = string | number;

/** Matrices whose spectra are drawn; the table has all. */
const DRAWN_SPECTRA = 1;

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

type TableOf = (id: string) => AnalysisTable;

function taskVectorFigures({ models, base, value }: AnalysisResult, table: TableOf) {
  const from = `τ = model − ${base ?? 'base'}`;
  const trim = value.kind === 'task-vectors' ? value.table.trim : 0;
  const trimmed = trim === 0 ? '' : ` The smallest ${(100 * trim).toFixed(0)} % count as zero.`;
  const pairs = table('pairs');
  const cosine = (a: string, b: string): number | null => {
    if (a === b) return 1;
    const row = pairs.rows.find((cells) => cells.includes(a) && cells.includes(b));
    return numberAt(row, 2);
  };
  const cdf = table('cdf');
  const spectrum = table('spectrum');
  const drawn = [...new Set(spectrum.rows.map(([tensor]) => String(tensor)))].slice(
    0,
    DRAWN_SPECTRA,
  );
  return [
    {
      title: 'Cosine of task vectors',
      note: `${from}; embedding and head left out unless the analysis says otherwise.`,
      table: pairs,
      chart: {
        type: 'heat',
        corner: '',
        columns: models,
        rows: models.map((a) => ({ label: a, values: models.map((b) => cosine(a, b)) })),
        digits: 3,
      },
    },
    {
      title: 'Sign conflict by layer and tensor, percent of coordinates',
      note: `At least one task vector positive and one negative. Independent ones conflict in half of the coordinates of a pair.${trimmed}`,
      table: table('tensors'),
      chart: layerHeat(table('tensors')),
    },
    {
      title: 'Magnitudes',
      note: from,
      table: table('magnitudes'),
      chart: { type: 'none' },
    },
    {
      title: 'Cumulative distribution of the values',
      note: from,
      table: cdf,
      chart: {
        type: 'lines',
        xLabel: 'value',
        yLabel: 'share below',
        series: models.map((label, k) => lineOf(label, cdf, 0, k + 1)),
      },
    },
    ...drawn.map((tensor): AnalysisFigure => {
      const own = { ...spectrum, rows: spectrum.rows.filter(([name]) => name === tensor) };
      return {
        title: `Singular values of ${tensor}`,
        note: 'The table and the CSV hold those of every matrix.',
        table: spectrum,
        chart: {
          type: 'lines',
          xLabel: 'number',
          yLabel: 'singular value',
          series: models.map((label, k) => lineOf(label, own, 1, k + 2)),
        },
      };
    }),
  ] satisfies AnalysisFigure[];
}

/** `…layers.3.self_attn.q_proj.weight` → row "layer 3", column "self_attn.q_proj". */
export function layerHeat(table: AnalysisTable): FigureChart {
  const parts = table.rows.map((row) => {
    const [name = '', size = 0, , conflict = 0] = row;
    const match = /^(.*?)layers\.(\d+)\.(.*?)(?:\.weight)?$/.exec(String(name));
    const [, prefix = '', layer = '', tensor = ''] = match ?? [];
    const owner = prefix.replace(/(^|\.)model\.?$|\.$/g, '').replace(/_encoder$/, '');
    return {
      label: match === null ? String(name) : `${owner} layer ${layer}`.trim(),
      column: match === null ? 'all' : tensor,
      size: Number(size),
      conflict: Number(conflict),
    };
  });
  const labels = [...new Set(parts.map(({ label }) => label))];
  const columns = [...new Set(parts.map(({ column }) => column))];
  return {
    type: 'heat',
    corner: '',
    columns,
    rows: labels.map((label) => ({
      label,
      values: columns.map((column) => {
        const found = parts.find((part) => part.label === label && part.column === column);
        return found === undefined ? null : 100 * found.conflict;
      }),
    })),
    digits: 1,
  };
}

function pathFigures({ models }: AnalysisResult, table: TableOf): AnalysisFigure[] {
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

function planeFigures({ models, value }: AnalysisResult, table: TableOf): AnalysisFigure[] {
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

function regressionFigures({ value }: AnalysisResult, table: TableOf): AnalysisFigure[] {
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

function lineOf(label: string, table: AnalysisTable, x: number, y: number): LineSeries {
  return {
    label,
    draw: 'line',
    x: table.rows.map((row) => numberAt(row, x) ?? NaN),
    y: table.rows.map((row) => numberAt(row, y) ?? NaN),
  };
}

function numberAt(row: readonly Cell[] | undefined, column: number): number | null {
  const value = row?.[column];
  return typeof value === 'number' ? value : null;
}
