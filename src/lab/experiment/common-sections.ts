import * as v from 'valibot';
import { BASE, EXPERIMENT_SCHEMA, IDS, MODEL, SAMPLING, TRAINING } from './experiment-defaults.ts';
import { analysisSchema } from './analyses/analysis-list.ts';
import type { ParadigmKind, ParadigmSections } from './paradigm-plans.ts';
import { dataSchema } from './data-section.ts';
import { evaluationSchema } from './evaluation-section.ts';
import { mergeSchema, searchSchema } from './merge-sections.ts';
import { resultsSchema } from './results-section.ts';
import { domainName, name, rate, real, told, whole } from './schema-parts.ts';
import { clipNormSchema, dropoutOption, keepingOptions } from './training-options.ts';

/** `every`: the first item of a timeline too, for models that predict it from the start. */
const score = v.picklist(['targets', 'all', 'every']);

/** ISO date or date-time, read as UTC where it names no zone. Output: milliseconds. */
const date = v.pipe(
  v.string('must be a date such as 2018-01-01'),
  v.check((text) => isoToMs(text) !== null, 'must be a date such as 2018-01-01 (UTC)'),
  v.transform((text) => isoToMs(text) ?? 0),
);

const stageSchema = v.strictObject({ name, start: date, end: date });

const contextsSchema = v.strictObject({
  domains: v.optional(
    told(
      'Default: the domains that the data section names.',
      v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain')),
    ),
  ),
  stages: v.pipe(
    v.array(stageSchema),
    v.minLength(1, 'needs at least one stage'),
    v.maxLength(12, 'has more than 12 stages'),
  ),
  test: v.strictObject({ start: date, end: date }),
  validation: v.optional(
    told(
      'Lies in the last stage, whose training then ends where it starts; for choices before ' +
        'the test.',
      v.strictObject({ start: date, end: date }),
    ),
  ),
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
  text: v.optional(
    told(
      'What text features read: titles, or with descriptions the titles twice and these.',
      v.picklist(['titles', 'descriptions']),
    ),
  ),
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
  source: v.optional(
    told(
      'sequences: trained on the pooled id sequences of the first stage. text: a language ' +
        "model of the items' texts, to which the ids are new tokens. import: one from a " +
        "checkpoint's files. none: no joint base, all domains start from the same random " +
        'weights.',
      v.picklist(['sequences', 'text', 'import', 'none']),
    ),
    BASE.source,
  ),
  tokens: v.optional(
    told(
      'Of the byte-level BPE tokenizer, special tokens included.',
      v.pipe(
        whole(320, 65536),
        v.multipleOf(64, 'must be a multiple of 64: the id tokens after it start there'),
      ),
    ),
  ),
  textTokens: v.optional(
    told("Tokens of an item's text: title, then description, cut.", whole(4, 128)),
  ),
  epochs: v.optional(
    told(
      "Of an import: 0 takes it as it is, more train it on the items' texts first.",
      whole(0, 1000),
    ),
  ),
  learningRate: v.optional(rate),
  score: v.optional(score),
});

const trainingSchema = v.strictObject({
  tokensPerBatch: v.optional(
    told('Positions of a batch: tokens, or items where a position is one.', whole(32, 65536)),
    TRAINING.tokensPerBatch,
  ),
  warmupSteps: v.optional(
    told('Steps in which the learning rate rises from 0.', whole(0, 10000)),
    TRAINING.warmupSteps,
  ),
  weightDecay: v.optional(
    told('AdamW: what is taken off per step, times the learning rate.', real(0, 1)),
    TRAINING.weightDecay,
  ),
  clipNorm: v.optional(told('0 or none turns clipping off.', clipNormSchema), TRAINING.clipNorm),
  finalLearningRateFraction: v.optional(
    told('Of a cosine: where it ends, as a part of the peak.', real(0, 1)),
    TRAINING.finalLearningRateFraction,
  ),
  accumulationSteps: v.optional(
    told('Parts of a batch whose gradients add up to one step.', whole(1, 256)),
    TRAINING.accumulationSteps,
  ),
  recompute: v.optional(
    told(
      'Compute blocks again in the backward pass: less memory, more time, the same bits.',
      v.boolean(),
    ),
    TRAINING.recompute,
  ),
  sequencesPerBatch: v.optional(
    told(
      'Rows a batch, whatever their length; absent: as many as its tokens hold.',
      whole(1, 4096),
    ),
  ),
  ...dropoutOption,
  ...keepingOptions,
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

/**
 * What documents of all paradigms have; the section of each is added where the document is read.
 * Times leave it as milliseconds UTC.
 */
export const commonSections = v.strictObject({
  schema: v.literal(EXPERIMENT_SCHEMA, `must be ${EXPERIMENT_SCHEMA}`),
  name,
  data: dataSchema,
  contexts: contextsSchema,
  ids: v.optional(idsSchema, {}),
  model: v.optional(told('Sizes; those of an imported base stand in its files.', modelSchema)),
  base: v.optional(baseSchema, {}),
  training: v.optional(trainingSchema, {}),
  merges: v.optional(v.pipe(v.array(mergeSchema), v.maxLength(64, 'has more than 64 merges')), []),
  searches: v.optional(
    told(
      'Merges whose parameters are searched for, on the validation window.',
      v.pipe(v.array(searchSchema), v.maxLength(16, 'has more than 16 searches')),
    ),
    [],
  ),
  evaluation: v.optional(evaluationSchema, {}),
  results: v.optional(resultsSchema, {}),
  analysis: v.optional(
    told(
      'Measurements of models and results, beside the rankings.',
      v.pipe(v.array(analysisSchema), v.maxLength(32, 'has more than 32 entries')),
    ),
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

/** A document that has the right form, with the defaults of all sections that have some. */
export type ExperimentDocument = v.InferOutput<typeof commonSections> &
  ParadigmSections & { readonly paradigm: ParadigmKind };

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
