import * as v from 'valibot';
import {
  BASE,
  EMBEDDING,
  EVALUATION,
  EXPERIMENT_SCHEMA,
  IDS,
  ITEM_TRANSFORMER,
  MODEL,
  SAMPLING,
  TASKS,
  TITLE,
  TRAINING,
} from '../experiment/experiment-defaults.ts';
import { analysisSchema } from '../experiment/analysis-section.ts';
import { dataSchema } from '../experiment/data-section.ts';
import { discriminativeSchema } from '../paradigms/discriminative/document.ts';
import { mergeSchema, searchSchema } from '../experiment/merge-sections.ts';
import { domainName, name, real, whole } from '../experiment/schema-parts.ts';

const rate = v.pipe(v.number(), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be <= 1'));
const score = v.picklist(['targets', 'all']);

/** ISO date or date-time, read as UTC where it names no zone. Output: milliseconds. */
const date = v.pipe(
  v.string('must be a date such as 2018-01-01'),
  v.check((text) => isoToMs(text) !== null, 'must be a date such as 2018-01-01 (UTC)'),
  v.transform((text) => isoToMs(text) ?? 0),
);

const stageSchema = v.strictObject({ name, start: date, end: date });

const contextsSchema = v.strictObject({
  /** Default: the domains that the data section names. */
  domains: v.optional(v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain'))),
  stages: v.pipe(
    v.array(stageSchema),
    v.minLength(1, 'needs at least one stage'),
    v.maxLength(12, 'has more than 12 stages'),
  ),
  test: v.strictObject({ start: date, end: date }),
  /** Lies in the last stage, whose training then ends where it starts; for choices before the test. */
  validation: v.optional(v.strictObject({ start: date, end: date })),
  filter: v.optional(
    v.strictObject({
      minCount: v.optional(whole(0, 1000), 5),
      start: v.optional(date),
    }),
    {},
  ),
  history: v.optional(whole(1, 200), SAMPLING.history),
  minEarlier: v.optional(whole(1, 200), SAMPLING.minEarlier),
  maxPretrainTargets: v.optional(v.nullable(whole(1, 1000)), SAMPLING.maxPretrainTargets),
});

const idsSchema = v.strictObject({
  levels: v.optional(whole(2, 6), IDS.levels),
  codes: v.optional(whole(2, 1024), IDS.codes),
  features: v.optional(
    v.picklist(['tfidf', 'co-occurrence', 'both', 'base', 'file']),
    IDS.features,
  ),
  dimensions: v.optional(whole(2, 512), IDS.dimensions),
});

const modelSchema = v.strictObject({
  layers: v.optional(whole(1, 24), MODEL.layers),
  width: v.optional(whole(8, 2048), MODEL.width),
  heads: v.optional(whole(1, 64), MODEL.heads),
  kvHeads: v.optional(whole(1, 64), MODEL.kvHeads),
  headWidth: v.optional(whole(8, 128), MODEL.headWidth),
  feedForward: v.optional(whole(8, 8192), MODEL.feedForward),
  tied: v.optional(v.boolean(), MODEL.tied),
});

const baseSchema = v.strictObject({
  /**
   * `sequences`: trained on the pooled id sequences of the first stage. `text`: a language model
   * of the items' texts, to which the ids are new tokens. `import`: one from a checkpoint's files.
   */
  source: v.optional(v.picklist(['sequences', 'text', 'import']), BASE.source),
  /** Of the byte-level BPE tokenizer, special tokens included. */
  tokens: v.optional(
    v.pipe(
      whole(320, 65536),
      v.multipleOf(64, 'must be a multiple of 64: the id tokens after it start there'),
    ),
  ),
  /** Tokens of an item's text: title, then description, cut. */
  textTokens: v.optional(whole(4, 128)),
  /** Of an import: 0 takes it as it is, more train it on the items' texts first. */
  epochs: v.optional(whole(0, 1000)),
  learningRate: v.optional(rate),
  score: v.optional(score, BASE.score),
});

const tasksSchema = v.strictObject({
  /** Share of items whose text ↔ id pairs the first stage trains on, and the later stages. */
  alignment: v.optional(real(0, 1), TASKS.alignment),
  laterAlignment: v.optional(real(0, 1), TASKS.laterAlignment),
  /** Beside ids → id one of {ids → title, titles → id} for every target. */
  mixed: v.optional(v.boolean(), TASKS.mixed),
  /** An id token competes with the codes of its level only; false: with the whole vocabulary. */
  splitSoftmax: v.optional(v.boolean(), TASKS.splitSoftmax),
  /** What the loss of an id token counts, where others count 1. */
  idWeight: v.optional(real(0.01, 1000), TASKS.idWeight),
});

const titleSchema = v.strictObject({
  /** Of a row: the newest items of a history that fit, and the answer. */
  positions: v.optional(v.picklist([32, 64, 128, 256]), TITLE.positions),
  /** Of a title; longer ones are cut. */
  titleTokens: v.optional(whole(2, 64), TITLE.titleTokens),
  /** Titles sampled for each user. */
  samples: v.optional(whole(1, 64), TITLE.samples),
  /** 0 takes the likeliest token. */
  temperature: v.optional(real(0, 10), TITLE.temperature),
  /** Of a sampled title. */
  maxTokens: v.optional(whole(1, 64), TITLE.maxTokens),
  /** Vectors of items and sampled titles: of their `words` (TF-IDF), or of the `base` model. */
  grounding: v.optional(v.picklist(['words', 'base']), TITLE.grounding),
  /** Of the vectors of words. */
  dimensions: v.optional(whole(2, 512), TITLE.dimensions),
  /** Divide distances by the popularity–recency coefficient. */
  rescale: v.optional(v.boolean(), TITLE.rescale),
  halfLifeDays: v.optional(real(0.01, 100_000), TITLE.halfLifeDays),
  gamma: v.optional(real(0, 10), TITLE.gamma),
  /** Items never seen before the test: `keep`, or `drop` as MMGRid's program does. */
  unseen: v.optional(v.picklist(['keep', 'drop']), TITLE.unseen),
});

const embeddingSchema = v.strictObject({
  /** Shared by a batch. */
  negatives: v.optional(whole(1, 65536), EMBEDDING.negatives),
  /** Negatives whose cosine with the target exceeds it do not compete. */
  falseNegative: v.optional(real(-1, 1), EMBEDDING.falseNegative),
  /** Most items of a history. */
  inputs: v.optional(whole(1, 200), EMBEDDING.inputs),
  sequencesPerBatch: v.optional(whole(1, 4096), EMBEDDING.sequencesPerBatch),
  /** Score items of the stage only; false: whole histories, as HLLM does. */
  stageOnly: v.optional(v.boolean(), EMBEDDING.stageOnly),
  /** Items of the history are no answers. */
  maskHistory: v.optional(v.boolean(), EMBEDDING.maskHistory),
});

const trainingSchema = v.strictObject({
  tokensPerBatch: v.optional(whole(32, 65536), TRAINING.tokensPerBatch),
  warmupSteps: v.optional(whole(0, 10000), TRAINING.warmupSteps),
  weightDecay: v.optional(real(0, 1), TRAINING.weightDecay),
  /** 0 turns clipping off. */
  clipNorm: v.optional(real(0, 1000), TRAINING.clipNorm),
  finalLearningRateFraction: v.optional(real(0, 1), TRAINING.finalLearningRateFraction),
  /** Parts of a batch whose gradients add up to one step. */
  accumulationSteps: v.optional(whole(1, 256), TRAINING.accumulationSteps),
  /** Compute blocks again in the backward pass: less memory, more time, the same bits. */
  recompute: v.optional(v.boolean(), TRAINING.recompute),
  stages: v.optional(
    v.record(
      name,
      v.strictObject({
        epochs: v.optional(whole(0, 1000)),
        learningRate: v.optional(rate),
        score: v.optional(score),
      }),
    ),
    {},
  ),
});

const evaluationSchema = v.strictObject({
  /** What the selection kernel holds; a larger one would fail after all the training. */
  beam: v.optional(whole(1, 64), EVALUATION.beam),
  cutoffs: v.optional(
    v.pipe(v.array(whole(1, 100)), v.minLength(1, 'needs at least one cut-off')),
    [...EVALUATION.cutoffs],
  ),
  maxUsers: v.optional(whole(1, 1_000_000), EVALUATION.maxUsers),
  crossMatrix: v.optional(v.boolean(), EVALUATION.crossMatrix),
  crossUsers: v.optional(whole(1, 1_000_000), EVALUATION.crossUsers),
  baselines: v.optional(v.boolean(), EVALUATION.baselines),
  batchUsers: v.optional(whole(1, 4096), EVALUATION.batchUsers),
  /**
   * A SASRec-style baseline: the experiment's model over item ids, trained on all stages at once.
   * Beside an imported base it has default sizes: those of the files suit a model that was
   * trained on much text, not one that starts from nothing with few interactions.
   */
  itemTransformer: v.optional(
    v.strictObject({
      epochs: v.optional(whole(1, 1000), ITEM_TRANSFORMER.epochs),
      learningRate: v.optional(rate, ITEM_TRANSFORMER.learningRate),
    }),
  ),
});

/** The one schema of the experiment document. Times leave it as milliseconds UTC. */
export const experimentSchema = v.strictObject({
  schema: v.literal(EXPERIMENT_SCHEMA, `must be ${EXPERIMENT_SCHEMA}`),
  name,
  data: dataSchema,
  contexts: contextsSchema,
  paradigm: v.optional(
    v.picklist(['semantic-id', 'title', 'embedding', 'discriminative']),
    'semantic-id',
  ),
  title: v.optional(titleSchema),
  embedding: v.optional(embeddingSchema),
  discriminative: v.optional(discriminativeSchema),
  ids: v.optional(idsSchema, {}),
  /** Sizes; those of an imported base stand in its files. */
  model: v.optional(modelSchema),
  base: v.optional(baseSchema, {}),
  /** What semantic ids are trained on beside sequences; for a base that knows text. */
  tasks: v.optional(tasksSchema),
  training: v.optional(trainingSchema, {}),
  merges: v.optional(v.pipe(v.array(mergeSchema), v.maxLength(64, 'has more than 64 merges')), []),
  /** Merges whose parameters are searched for, on the validation window. */
  searches: v.optional(
    v.pipe(v.array(searchSchema), v.maxLength(16, 'has more than 16 searches')),
    [],
  ),
  evaluation: v.optional(evaluationSchema, {}),
  /** Measurements of models and results, beside the rankings. */
  analysis: v.optional(
    v.pipe(v.array(analysisSchema), v.maxLength(32, 'has more than 32 entries')),
    [],
  ),
  seeds: v.optional(
    v.pipe(
      v.array(whole(0, 0xffffffff)),
      v.minLength(1, 'needs at least one seed'),
      v.maxLength(32, 'has more than 32 seeds'),
    ),
    [1],
  ),
});

export type ExperimentDocument = v.InferOutput<typeof experimentSchema>;

const ISO = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

function isoToMs(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const zoned = match[4] === undefined || match[7] !== undefined ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  // Date.parse turns 2018-02-31 into March in some engines: the day must survive the round trip.
  const day = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const sameDay = new Date(day).toISOString().startsWith(text.slice(0, 10));
  return Number.isFinite(ms) && sameDay ? ms : null;
}
