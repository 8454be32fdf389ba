import * as v from 'valibot';
import type { PathFault } from '../path-fault.ts';
import { name, whole } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { list, nullable, numbers } from './analysis-parts.ts';
import type { AnalysisScope } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';

/** Characteristics of a context that weights may be explained by; the definition is ours. */
export const FEATURES = ['newItemShare', 'meanLogItemAge', 'newestStageShare'] as const;

const section = v.strictObject({
  name,
  kind: v.literal('weight-regression'),
  /** Merges over periods by velocity whose α compete; default all of the document. */
  merges: v.optional(v.array(v.string())),
  metric: v.optional(v.picklist(['recall', 'ndcg', 'mrr']), 'ndcg'),
  k: v.optional(whole(1, 100), 10),
  features: v.optional(
    v.pipe(v.array(v.picklist(FEATURES)), v.minLength(1, 'needs at least one feature')),
    ['newItemShare'],
  ),
});

const stored = v.object({
  kind: v.literal('weight-regression'),
  metric: v.string(),
  k: v.number(),
  features: list(v.string()),
  weights: numbers,
  /** Where the weight was chosen. */
  chosenOn: v.picklist(['validation', 'test']),
  points: list(
    v.object({
      domain: v.string(),
      weight: v.number(),
      /** Best weight on the test window: how far the choice was off. */
      weightOnTest: v.number(),
      /** Best weight of each seed. */
      weightOfSeeds: numbers,
      newItemShare: v.number(),
      meanLogItemAge: v.number(),
      stageShares: numbers,
      /** Mean over seeds at each weight. */
      chosen: numbers,
      test: numbers,
    }),
  ),
  fit: v.variant('status', [
    v.object({
      status: v.literal('fitted'),
      n: v.number(),
      terms: list(v.object({ name: v.string(), coefficient: v.number(), halfWidth: nullable })),
      r2: nullable,
      degreesOfFreedom: v.number(),
      fitted: numbers,
      leaveOneOut: nullable,
      leaveOneOutOfMean: nullable,
    }),
    v.object({ status: v.literal('degenerate'), n: v.number(), reason: v.string() }),
  ]),
});

type Plan = v.InferOutput<typeof section>;
type Value = v.InferOutput<typeof stored>;

/** The best weight of each domain against characteristics of its interactions. */
export const weightRegression = defineAnalysis({
  kind: 'weight-regression',
  section,
  stored,
  faults,
  tables,
});

function faults(plan: Plan, { weighted, cutoffs }: AnalysisScope): PathFault[] {
  const found: PathFault[] = [];
  const { method, merges } = weighted;
  const asked = plan.merges ?? merges.map(({ name }) => name);
  for (const [at, name] of asked.entries()) {
    if (merges.some((merge) => merge.name === name)) continue;
    const message = `"${name}" is not a merge over periods by ${method}.`;
    found.push({ path: ['merges', at], message });
  }
  const chosen = merges.filter(({ name }) => asked.includes(name));
  if (found.length === 0 && chosen.length < 2) {
    const message = `needs at least two merges over periods by ${method} to choose from.`;
    found.push({ path: [], message });
  }
  const everywhere = chosen.map(({ domains }) => domains.join());
  if (new Set(everywhere).size > 1) {
    found.push({ path: ['merges'], message: 'must all be over the same domains.' });
  }
  if (!cutoffs.includes(plan.k)) {
    const message = `must be one of the cut-offs: ${cutoffs.join(', ')}.`;
    found.push({ path: ['k'], message });
  }
  return found;
}

function tables(value: Value): AnalysisTable[] {
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
