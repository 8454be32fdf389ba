import * as v from 'valibot';
import { name, real, whole } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { evaluate, list, model, numbers, users } from './analysis-parts.ts';
import { modelFaults, unknownDomains } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';

const section = v.strictObject({
  name,
  kind: v.literal('plane'),
  models: v.pipe(v.array(model), v.length(3, 'needs exactly three models')),
  evaluate,
  /** Points a side. */
  points: v.optional(whole(2, 61), 11),
  /** How far beyond the three, as a share of their extent. */
  margin: v.optional(real(0, 5), 0.25),
  users,
});

const stored = v.object({
  kind: v.literal('plane'),
  /** Distances in parameter space; see `checkpointPlane`. */
  xs: numbers,
  ys: numbers,
  corners: list(v.object({ x: v.number(), y: v.number(), losses: numbers })),
  /** losses[row of ys][column of xs]. */
  surfaces: list(v.object({ domain: v.string(), users: v.number(), losses: list(numbers) })),
});

type Value = v.InferOutput<typeof stored>;

/** The loss on the plane through three models. */
export const plane = defineAnalysis({
  kind: 'plane',
  section,
  stored,
  faults: ({ models, evaluate: domains }, scope) => [
    ...modelFaults(models, scope),
    ...unknownDomains(domains, scope),
  ],
  tables,
  form: { title: 'Landscape: plane through three models', models: 3, hasBase: false },
});

function tables({ xs, ys, corners, surfaces }: Value, models: readonly string[]): AnalysisTable[] {
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
