import * as v from 'valibot';
import { name, whole } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { evaluate, list, model, numbers, users } from './analysis-parts.ts';
import { modelFaults, unknownDomains } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';

const section = v.strictObject({
  name,
  kind: v.literal('path'),
  models: v.pipe(v.array(model), v.length(2, 'needs exactly two models')),
  evaluate,
  points: v.optional(whole(2, 201), 21),
  users,
});

const stored = v.object({
  kind: v.literal('path'),
  /** 0: the first model, 1: the second. */
  places: numbers,
  curves: list(
    v.object({ domain: v.string(), users: v.number(), losses: numbers, barrier: v.number() }),
  ),
});

type Value = v.InferOutput<typeof stored>;

/** The loss on the straight path between two models. */
export const path = defineAnalysis({
  kind: 'path',
  section,
  stored,
  faults: ({ models, evaluate: domains }, scope) => [
    ...modelFaults(models, scope),
    ...unknownDomains(domains, scope),
  ],
  tables,
  form: { title: 'Landscape: path between two models', models: 2, hasBase: false },
});

function tables({ places, curves }: Value): AnalysisTable[] {
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
