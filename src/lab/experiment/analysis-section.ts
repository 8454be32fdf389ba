import * as v from 'valibot';
import { STRATEGIES } from '../../rec/behaviour/behaviour-types.ts';
import { domainName, name, real, whole } from './schema-parts.ts';

/** `base`, a cell such as `Games/phase2`, `<stage>-mean`, or a merge as the results name it. */
const model = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const users = v.optional(whole(1, 5000), 64);

const taskVectors = v.strictObject({
  name,
  kind: v.literal('task-vectors'),
  /** The first is the source: its share of dominance is counted apart. */
  models: v.pipe(
    v.array(model),
    v.minLength(1, 'needs at least one model'),
    v.maxLength(24, 'has more than 24 models'),
  ),
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

const path = v.strictObject({
  name,
  kind: v.literal('path'),
  models: v.pipe(v.array(model), v.length(2, 'needs exactly two models')),
  /** Domains whose test users' loss is taken; default all. */
  evaluate: v.optional(v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain'))),
  points: v.optional(whole(2, 201), 21),
  users,
});

const plane = v.strictObject({
  name,
  kind: v.literal('plane'),
  models: v.pipe(v.array(model), v.length(3, 'needs exactly three models')),
  evaluate: v.optional(v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain'))),
  /** Points a side. */
  points: v.optional(whole(2, 61), 11),
  /** How far beyond the three, as a share of their extent. */
  margin: v.optional(real(0, 5), 0.25),
  users,
});

/** Characteristics of a context that weights may be explained by; the definition is ours. */
export const FEATURES = ['newItemShare', 'meanLogItemAge', 'newestStageShare'] as const;

const regression = v.strictObject({
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

const size = v.strictObject({
  layers: whole(1, 24),
  width: whole(8, 2048),
  heads: whole(1, 64),
});

/** Click models of several sizes, each pretrained and trained like the document's own. */
const scaling = v.strictObject({
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

/** One entry of the document's `analysis` section. */
export const analysisSchema = v.variant('kind', [taskVectors, path, plane, regression, scaling]);

export type AnalysisPlan = v.InferOutput<typeof analysisSchema>;
export type TaskVectorPlan = v.InferOutput<typeof taskVectors>;
export type LandscapePlan = v.InferOutput<typeof path> | v.InferOutput<typeof plane>;
export type RegressionPlan = v.InferOutput<typeof regression>;
export type ScalingPlan = v.InferOutput<typeof scaling>;
