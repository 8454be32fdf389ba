import * as v from 'valibot';
import { STRATEGIES } from '../../merge/search/strategies.ts';
import { SEARCH } from './experiment-defaults.ts';
import { RESTORED } from './restored.ts';
import { domainName, name, real, whole } from './schema-parts.ts';

const weightsSchema = v.variant('shape', [
  v.strictObject({ shape: v.literal('uniform') }),
  v.strictObject({ shape: v.literal('linear') }),
  v.strictObject({ shape: v.literal('half-life'), halfLife: real(0.01, 1000) }),
  v.strictObject({ shape: v.literal('velocity'), alpha: real(-100, 100) }),
]);

const gradientValues = v.pipe(
  v.array(v.number()),
  v.minLength(1, 'needs at least one value'),
  v.maxLength(64, 'has more than 64 values'),
);
const gradientSchema = v.union([gradientValues, v.pipe(v.array(gradientValues), v.minLength(1))]);

/** MMGRid's `finetuned_weight`: what a mask drops is then a weight, not a change. */
export const ZERO_BASE = 'zero';

const mergeFields = {
  over: v.picklist(['domains', 'periods']),
  method: v.string(),
  /** Over domains: the stage whose checkpoints are merged; default the last. */
  stage: v.optional(name),
  /** Over periods: the stages merged, oldest first; default the last two. */
  stages: v.optional(v.pipe(v.array(name), v.minLength(1, 'needs at least one stage'))),
  /** Over domains: which are merged. Over periods: each of them separately. Default: all. */
  domains: v.optional(v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain'))),
  /**
   * `base`, a stage (`pretrain`: the evaluated domain's own) or `<stage>-mean`. Over domains also
   * `<stage>-own` (each model's change since its own checkpoint of that stage, on the mean of these)
   * or a cell, `Games/pretrain`, or `zero`: the models' own weights are the changes.
   */
  base: v.optional(v.string()),
  parameters: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Domains it is evaluated on as its own context; default: those merged. */
  evaluate: v.optional(v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain'))),
  /** Over domains: what each evaluated domain gets back of its own checkpoint. Default: its ids'. */
  restore: v.optional(v.picklist(RESTORED)),
  /** Weights of the stages, oldest first, by a rule: in place of the parameter `weight`. */
  weights: v.optional(weightsSchema),
  /** Values over depth, first layer to last; with one list a model for parameters of each model. */
  gradients: v.optional(v.record(v.string(), gradientSchema)),
};

export const mergeSchema = v.strictObject({ name, ...mergeFields });

const axisSchema = v.strictObject({
  from: real(-1e6, 1e6),
  to: real(-1e6, 1e6),
  /** Values lie on this grid; without one they are continuous (ten intervals where one is needed). */
  step: v.optional(v.pipe(v.number(), v.gtValue(0, 'must be above 0'))),
});

/** A merge with some of its numbers open, and how to look for them. */
export const searchSchema = v.strictObject({
  name,
  merge: v.strictObject(mergeFields),
  /** `alpha`, `weight.Games` (one model's), `weights.halfLife` (of the rule of weights). */
  vary: v.record(v.string(), axisSchema),
  strategy: v.optional(v.picklist(STRATEGIES), SEARCH.strategy),
  /** Merges that are tried at most; default: the whole grid, 200 for other strategies. */
  budget: v.optional(whole(1, 10_000)),
  /** Ends after this many merges without a better one. */
  patience: v.optional(whole(1, 10_000)),
  objective: v.optional(
    v.strictObject({
      metric: v.optional(v.picklist(['recall', 'ndcg', 'mrr']), SEARCH.metric),
      k: v.optional(whole(1, 100), SEARCH.k),
      /** `pareto` marks what no other merge beats on all domains; the mean still decides. */
      domains: v.optional(v.picklist(['mean', 'pareto']), SEARCH.domains),
    }),
    {},
  ),
  /** Where the best is chosen. Choosing on the test has to be asked for. */
  split: v.optional(v.picklist(['validation', 'test']), SEARCH.split),
});
