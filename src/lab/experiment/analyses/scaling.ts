import * as v from 'valibot';
import { STRATEGIES } from '../../../rec/behaviour/behaviour-types.ts';
import { domainName, name, whole } from '../schema-parts.ts';
import { defineAnalysis } from './analysis-kind.ts';
import { list, nullable } from './analysis-parts.ts';
import type { AnalysisTable } from './analysis-table.ts';

const size = v.strictObject({
  layers: whole(1, 24),
  width: whole(8, 2048),
  heads: whole(1, 64),
});

const section = v.strictObject({
  name,
  kind: v.literal('scaling'),
  sizes: v.pipe(
    v.array(size),
    v.minLength(2, 'needs at least two sizes'),
    v.maxLength(16, 'has more than 16 sizes'),
  ),
  /** Default: those of the document. */
  strategies: v.optional(
    v.pipe(v.array(v.picklist(STRATEGIES)), v.minLength(1, 'needs at least one strategy')),
  ),
  /** Whose impressions; default the first domain. */
  domain: v.optional(domainName),
  /** The epoch of each model that counts; `best` is chosen on the test and flatters all. */
  epoch: v.optional(v.picklist(['last', 'best']), 'last'),
});

/** y = bound + coefficient · x^(−exponent); see `fitPowerLaw`. */
const powerLaw = v.variant('status', [
  v.object({
    status: v.literal('fitted'),
    n: v.number(),
    bound: v.number(),
    coefficient: v.number(),
    exponent: v.number(),
    /** 95 %, [low, high]; null where points are too few or the fit lies on a bound of the search. */
    boundInterval: v.nullable(v.tuple([v.number(), v.number()])),
    exponentInterval: v.nullable(v.tuple([v.number(), v.number()])),
    r2: nullable,
  }),
  v.object({ status: v.literal('degenerate'), n: v.number(), reason: v.string() }),
]);

const stored = v.object({
  kind: v.literal('scaling'),
  domain: v.string(),
  /** Epoch of each model that counts: its last, or its best on the test. */
  epoch: v.picklist(['last', 'best']),
  rungs: list(
    v.object({
      strategy: v.string(),
      layers: v.number(),
      width: v.number(),
      heads: v.number(),
      denseParameters: v.number(),
      /** One a seed. */
      seeds: list(v.object({ seed: v.number(), auc: nullable, logLoss: v.number() })),
    }),
  ),
  fits: list(
    v.object({ strategy: v.string(), metric: v.picklist(['auc', 'log-loss']), fit: powerLaw }),
  ),
});

type Value = v.InferOutput<typeof stored>;

/**
 * Test metrics against the number of dense parameters: click models of several sizes, each
 * pretrained and trained like the document's own.
 */
export const scaling = defineAnalysis({ kind: 'scaling', section, stored, tables });

function tables({ rungs, fits }: Value): AnalysisTable[] {
  const interval = (pair: readonly [number, number] | null) => pair ?? ['', ''];
  return [
    {
      id: 'ladder',
      title: 'Test metrics of each size',
      header: [
        'strategy',
        'layers',
        'width',
        'heads',
        'dense_parameters',
        'seed',
        'auc',
        'log_loss',
      ],
      rows: rungs.flatMap(({ strategy, layers, width, heads, denseParameters, seeds }) =>
        seeds.map(({ seed, auc, logLoss }) => [
          strategy,
          layers,
          width,
          heads,
          denseParameters,
          seed,
          auc ?? '',
          logLoss,
        ]),
      ),
    },
    {
      id: 'power-law',
      title: 'y = bound + coefficient · x^(−exponent), x the number of dense parameters',
      header: [
        'strategy',
        'metric',
        'n',
        'bound',
        'bound_low_95',
        'bound_high_95',
        'coefficient',
        'exponent',
        'exponent_low_95',
        'exponent_high_95',
        'r2',
        'reason',
      ],
      rows: fits.map(({ strategy, metric, fit }) =>
        fit.status === 'degenerate'
          ? [strategy, metric, fit.n, '', '', '', '', '', '', '', '', fit.reason]
          : [
              strategy,
              metric,
              fit.n,
              fit.bound,
              ...interval(fit.boundInterval),
              fit.coefficient,
              fit.exponent,
              ...interval(fit.exponentInterval),
              fit.r2 ?? '',
              '',
            ],
      ),
    },
  ];
}
