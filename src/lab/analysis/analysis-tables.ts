import {
  angleMatrix,
  cosineMatrix,
  cumulative,
  magnitudesOf,
  signShares,
} from '../../merge/analysis/task-vector-summary.ts';
import type { AnalysisResult, ArtefactOf } from './analysis-result.ts';
import type { AnalysisTable } from './analysis-table.ts';
import { learningCurveTable, scalingTables } from './click-tables.ts';

/** All tables of an analysis. Shares are 0…1; an empty text stands for what does not exist. */
export function tablesOf({ value, models }: AnalysisResult): AnalysisTable[] {
  switch (value.kind) {
    case 'task-vectors':
      return taskVectorTables(value, models);
    case 'path':
      return pathTables(value);
    case 'plane':
      return planeTables(value, models);
    case 'weight-regression':
      return regressionTables(value);
    case 'learning-curves':
      return [learningCurveTable(value)];
    case 'scaling':
      return scalingTables(value);
  }
}

function taskVectorTables(
  { table, spectra }: ArtefactOf<'task-vectors'>,
  models: readonly string[],
): AnalysisTable[] {
  const { tensors } = table;
  const cosines = cosineMatrix(tensors);
  const angles = angleMatrix(tensors);
  const pairs = models.flatMap((a, i) =>
    models.slice(i + 1).map((b, j) => ({ a, b, i, j: i + 1 + j })),
  );
  const curves = models.map((_, k) => cumulative(table, k));
  return [
    {
      id: 'pairs',
      title: 'Pairs of task vectors: cosine, and shares of coordinates by their signs',
      header: [
        'a',
        'b',
        'cosine',
        'angle_deg',
        'same_sign',
        'conflict',
        'all_zero',
        'only_a',
        'other',
      ],
      rows: pairs.map(({ a, b, i, j }, pair) => {
        const { same, conflict, zero, first, other } = signShares(tensors, pair);
        const [cosine = 0, angle = 0] = [cosines[i]?.[j], angles[i]?.[j]];
        return [a, b, cosine, angle, same, conflict, zero, first, other];
      }),
    },
    {
      id: 'tensors',
      title: 'Shares of each tensor’s coordinates by the signs of all task vectors',
      header: ['tensor', 'parameters', 'same_sign', 'conflict', 'all_zero', 'only_first', 'other'],
      rows: [
        ['all', tensors.reduce((sum, { size }) => sum + size, 0), ...shareRow(tensors)],
        ...tensors.map((tensor) => [tensor.name, tensor.size, ...shareRow([tensor])]),
      ],
    },
    {
      id: 'magnitudes',
      title: 'Magnitudes of the task vectors',
      header: ['model', 'parameters', 'l1', 'l2', 'mean', 'std', 'min', 'max', 'mean_abs'],
      rows: models.map((model, k) => {
        const own = magnitudesOf(tensors, k);
        const { parameters, l1, l2, mean, deviation, least, most, meanAbsolute } = own;
        return [model, parameters, l1, l2, mean, deviation, least, most, meanAbsolute];
      }),
    },
    {
      id: 'cdf',
      title: 'Share of values below',
      header: ['value', ...models],
      rows: (curves[0] ?? []).map(({ value }, at) => [
        value,
        ...curves.map((curve) => curve[at]?.share ?? ''),
      ]),
    },
    {
      id: 'spectrum',
      title: 'Singular values of the task vectors’ matrices',
      header: ['tensor', 'number', ...models],
      rows: spectra.flatMap(({ tensor, values }) =>
        (values[0] ?? []).map((_, at) => [tensor, at + 1, ...values.map((own) => own[at] ?? '')]),
      ),
    },
  ];
}

function shareRow(tensors: ArtefactOf<'task-vectors'>['table']['tensors']): number[] {
  const { same, conflict, zero, first, other } = signShares(tensors);
  return [same, conflict, zero, first, other];
}

function pathTables({ places, curves }: ArtefactOf<'path'>): AnalysisTable[] {
  return [
    {
      id: 'path',
      title: 'Loss on the straight path',
      header: ['place', ...curves.map(({ domain }) => domain)],
      rows: places.map((place, at) => [place, ...curves.map(({ losses }) => losses[at] ?? '')]),
    },
    {
      id: 'barriers',
      title: 'Barriers above the line between the ends',
      header: ['domain', 'users', 'barrier'],
      rows: curves.map(({ domain, users, barrier }) => [domain, users, barrier]),
    },
  ];
}

function planeTables(
  { xs, ys, corners, surfaces }: ArtefactOf<'plane'>,
  models: readonly string[],
): AnalysisTable[] {
  return [
    {
      id: 'plane',
      title: 'Loss on the plane through three checkpoints',
      header: ['y', 'x', ...surfaces.map(({ domain }) => domain)],
      rows: ys.flatMap((y, row) =>
        xs.map((x, column) => [y, x, ...surfaces.map(({ losses }) => losses[row]?.[column] ?? '')]),
      ),
    },
    {
      id: 'corners',
      title: 'The three checkpoints',
      header: ['model', 'x', 'y', ...surfaces.map(({ domain }) => domain)],
      rows: corners.map(({ x, y, losses }, k) => [models[k] ?? '', x, y, ...losses]),
    },
  ];
}

function regressionTables(value: ArtefactOf<'weight-regression'>): AnalysisTable[] {
  const { points, fit, weights, chosenOn } = value;
  const stages = (points[0]?.stageShares ?? []).map((_, at) => `stage_share_${String(at + 1)}`);
  return [
    {
      id: 'contexts',
      title: 'Best weight and characteristics of each context',
      header: [
        'domain',
        'weight',
        'weight_on_test',
        'weight_of_seeds',
        'new_item_share',
        'mean_log_item_age',
        ...stages,
        'fitted',
      ],
      rows: points.map((point, at) => [
        point.domain,
        point.weight,
        point.weightOnTest,
        point.weightOfSeeds.join(' '),
        point.newItemShare,
        point.meanLogItemAge,
        ...point.stageShares,
        fit.status === 'fitted' ? (fit.fitted[at] ?? '') : '',
      ]),
    },
    {
      id: 'fit',
      title: 'Ordinary least squares',
      header: ['term', 'coefficient', 'half_width_95', 'n', 'r2', 'leave_one_out', 'of_the_mean'],
      rows:
        fit.status === 'degenerate'
          ? [[fit.reason, '', '', fit.n, '', '', '']]
          : fit.terms.map(({ name, coefficient, halfWidth }) => [
              name,
              coefficient,
              halfWidth ?? '',
              fit.n,
              fit.r2 ?? '',
              fit.leaveOneOut ?? '',
              fit.leaveOneOutOfMean ?? '',
            ]),
    },
    {
      id: 'sweep',
      title: `Mean over seeds at each weight, ${chosenOn} and test`,
      header: ['domain', 'weight', 'chosen_on', 'value', 'test_value'],
      rows: points.flatMap(({ domain, chosen, test }) =>
        weights.map((weight, at) => [domain, weight, chosenOn, chosen[at] ?? '', test[at] ?? '']),
      ),
    },
  ];
}
