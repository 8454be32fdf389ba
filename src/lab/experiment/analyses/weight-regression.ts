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
  /**
   * Draws of users with replacement: each context then counts by 1 / variance of its best weight, and
   * choosing is measured against α = 0 on the half of the users that did not choose.
   */
  bootstrap: v.optional(whole(100, 10_000)),
});

const resampled = v.object({
  /** Of the best weight over the draws. */
  mean: v.number(),
  variance: v.number(),
  low: v.number(),
  high: v.number(),
  /** See `crossFittedGain`, in percent of the metric. */
  gain: v.object({
    value: v.number(),
    standardError: v.number(),
    n: v.number(),
    meanWeight: v.number(),
  }),
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
      /** Absent without a bootstrap. */
      resampled: v.exactOptional(resampled),
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
  /** Of every term, from the same draws of users; absent without a bootstrap or a fit. */
  resampledTerms: v.exactOptional(list(v.object({ low: v.number(), high: v.number() }))),
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
  if (plan.bootstrap !== undefined && found.length === 0 && !chosen.some(isReference)) {
    const message = `compares choosing with the newest stage as it is: add a merge by ${method} with alpha: 0.`;
    found.push({ path: ['bootstrap'], message });
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

const isReference = ({ weight }: { readonly weight: number }): boolean => weight === 0;

function tables(value: Value): AnalysisTable[] {
  const { points, fit, weights, chosenOn, resampledTerms } = value;
  const hasDraws = points.some(({ resampled: own }) => own !== undefined);
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
        ...(hasDraws ? DRAWN : []),
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
        ...(hasDraws ? drawnCells(point) : []),
      ]),
    },
    {
      id: 'fit',
      title: hasDraws ? 'Least squares, weighted by 1 / variance' : 'Ordinary least squares',
      header: [
        ...['term', 'coefficient', 'half_width_95', 'n', 'r2', 'leave_one_out', 'of_the_mean'],
        ...(hasDraws ? ['drawn_low_95', 'drawn_high_95'] : []),
      ],
      rows:
        fit.status === 'degenerate'
          ? [[fit.reason, '', '', fit.n, '', '', '', ...(hasDraws ? ['', ''] : [])]]
          : fit.terms.map(({ name, coefficient, halfWidth }, at) => [
              name,
              coefficient,
              halfWidth ?? '',
              fit.n,
              fit.r2 ?? '',
              fit.leaveOneOut ?? '',
              fit.leaveOneOutOfMean ?? '',
              ...(hasDraws
                ? [resampledTerms?.[at]?.low ?? '', resampledTerms?.[at]?.high ?? '']
                : []),
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

/** Columns of a bootstrap over users. */
const DRAWN = [
  'drawn_mean',
  'drawn_variance',
  'drawn_low_95',
  'drawn_high_95',
  'cross_fitted_weight',
  'cross_fitted_gain',
  'cross_fitted_stderr',
  'n_users',
] as const;

function drawnCells({ resampled: own }: Value['points'][number]): (number | string)[] {
  if (own === undefined) return DRAWN.map(() => '');
  const { mean, variance, low, high, gain } = own;
  const { meanWeight, value, standardError, n } = gain;
  return [mean, variance, low, high, meanWeight, value, standardError, n];
}
