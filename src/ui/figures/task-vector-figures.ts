import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import type { AnalysisTable } from '../../lab/experiment/analyses/analysis-table.ts';
import {
  lineOf,
  numberAt,
  type AnalysisFigure,
  type AnalysisFigures,
  type FigureChart,
  type TableOf,
} from './analysis-figure.ts';

/** Matrices whose spectra are drawn; the table has all. */
const DRAWN_SPECTRA = 1;

/** Directions, conflicts, magnitudes, values and spectra of task vectors. */
export const taskVectorFigures: AnalysisFigures = { kind: 'task-vectors', figures: figuresOf };

function figuresOf({ models, base, value }: AnalysisResult, table: TableOf) {
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
function layerHeat(table: AnalysisTable): FigureChart {
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
