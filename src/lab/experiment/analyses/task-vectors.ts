import * as v from 'valibot';
import {
  angleMatrix,
  cosineMatrix,
  cumulative,
  magnitudesOf,
  signShares,
} from '../../../merge/analysis/task-vector-summary.ts';
import { name, real } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { list, model, numbers } from './analysis-parts.ts';
import { modelFaults, unknownModel } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';
import { ownBaseFaults, ownStage } from './own-base.ts';

const section = v.strictObject({
  name,
  kind: v.literal('task-vectors'),
  /** The first is the source: its share of dominance is counted apart. */
  models: v.pipe(
    v.array(model),
    v.minLength(1, 'needs at least one model'),
    v.maxLength(24, 'has more than 24 models'),
  ),
  /** As a model, or `<stage>-own`: each model's own domain at that stage. */
  base: v.optional(model, 'base'),
  /** Share of each task vector's smallest magnitudes that has no sign. */
  trim: v.optional(real(0, 0.999), 0),
  /** Values are counted over [−range, range). */
  range: v.optional(real(1e-9, 1e9), 0.01),
  /** `body`: without embedding, head, item token and logit scale. */
  tensors: v.optional(v.picklist(['body', 'all']), 'body'),
  /** Singular values of every matrix of a moderate size. */
  spectrum: v.optional(v.boolean(), true),
});

const signs = v.object({
  same: v.number(),
  conflict: v.number(),
  zero: v.number(),
  first: v.number(),
  other: v.number(),
});

const stored = v.object({
  kind: v.literal('task-vectors'),
  /** As `TaskVectorTable`. */
  table: v.object({
    models: v.number(),
    trim: v.number(),
    range: v.number(),
    tensors: list(
      v.object({
        name: v.string(),
        shape: numbers,
        size: v.number(),
        moments: list(
          v.object({
            sum: v.number(),
            absolute: v.number(),
            least: v.number(),
            most: v.number(),
          }),
        ),
        gram: list(numbers),
        /** Absent without a trim, and in results of before it was kept. */
        trimmedGram: v.exactOptional(list(numbers)),
        signs,
        pairs: list(signs),
      }),
    ),
    values: list(numbers),
  }),
  /** Singular values of the task vectors' matrices, falling, one list a model. */
  spectra: list(v.object({ tensor: v.string(), values: list(numbers) })),
});

type Value = v.InferOutput<typeof stored>;

/** Directions, conflicts, magnitudes, values and spectra of task vectors. */
export const taskVectors = defineAnalysis({
  kind: 'task-vectors',
  section,
  stored,
  faults: ({ models, base }, scope) => {
    const own = ownStage(base);
    return [
      ...modelFaults(models, scope),
      ...(own === null ? unknownModel(scope, base, ['base']) : ownBaseFaults(models, own, scope)),
    ];
  },
  tables,
  form: {
    title: 'Task vectors: cosine, signs, values, spectrum',
    models: null,
    hasBase: true,
  },
});

function tables({ table, spectra }: Value, models: readonly string[]): AnalysisTable[] {
  const { tensors } = table;
  const cosines = cosineMatrix(tensors);
  const angles = angleMatrix(tensors);
  const kept = trimmedTensors(tensors);
  const keptCosines = kept === null ? null : cosineMatrix(kept);
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
        // Signs are those of what the trim keeps; cosine and angle are of the whole vectors.
        ...(keptCosines === null ? [] : ['cosine_trimmed']),
      ],
      rows: pairs.map(({ a, b, i, j }, pair) => {
        const { same, conflict, zero, first, other } = signShares(tensors, pair);
        const [cosine = 0, angle = 0] = [cosines[i]?.[j], angles[i]?.[j]];
        const trimmed = keptCosines === null ? [] : [keptCosines[i]?.[j] ?? 0];
        return [a, b, cosine, angle, same, conflict, zero, first, other, ...trimmed];
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

/** Tensors as their trimmed task vectors have them; null where these were not measured. */
function trimmedTensors(tensors: Value['table']['tensors']) {
  const kept = tensors.flatMap(({ trimmedGram, ...tensor }) =>
    trimmedGram === undefined ? [] : [{ ...tensor, gram: trimmedGram }],
  );
  return kept.length === 0 ? null : kept;
}

function shareRow(tensors: Value['table']['tensors']): number[] {
  const { same, conflict, zero, first, other } = signShares(tensors);
  return [same, conflict, zero, first, other];
}
