import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const sizes = v.object({ interactions: count, users: count, items: count });

/** What the filter did to one domain. */
export const prepareArtefact = v.object({
  domain: v.string(),
  before: sizes,
  after: sizes,
  dropped: v.object({
    withoutTitle: count,
    beforeStart: count,
    rare: count,
    shortUser: count,
  }),
});

/** A domain's semantic ids with the item ids they stand for (both are exported). */
export const idsArtefact = v.object({
  domain: v.string(),
  itemIds: v.array(v.string()),
  ids: v.object({
    levels: count,
    codesPerLevel: count,
    codes: v.custom<Uint16Array<ArrayBuffer>>((value) => value instanceof Uint16Array),
    collisions: count,
    repaired: count,
    moved: v.exactOptional(v.pipe(v.array(count), v.readonly())),
  }),
});

/** Vectors of a list of texts, as far as they were embedded; see `keptVectors`. */
export const vectorsArtefact = v.object({
  done: count,
  vectors: v.custom<Float32Array<ArrayBuffer>>((value) => value instanceof Float32Array),
});

/** A trained tokenizer: `tokenizer.json` and `tokenizer_config.json`. */
export const tokenizerArtefact = v.object({
  tokenizerJson: v.record(v.string(), v.unknown()),
  tokenizerConfigJson: v.record(v.string(), v.unknown()),
});

const metric = v.object({
  metric: v.picklist(['recall', 'ndcg', 'mrr', 'auc', 'gauc', 'log-loss']),
  k: count,
  value: v.number(),
  standardError: v.number(),
  /** Of metrics of clicks: over users, whose impressions count together. */
  userError: v.exactOptional(v.number()),
  n: count,
});

/** 1-based ranks; 0 = not in the list. */
const ranks = v.array(count);

/** Who computed a number, and when: a stored number keeps the machine it came from. */
const origin = v.object({
  backend: v.string(),
  adapter: v.string(),
  engineVersion: v.string(),
  createdAt: v.string(),
});

export const evaluationArtefact = v.object({
  metrics: v.array(metric),
  /** True when more test users exist than were ranked. */
  capped: v.boolean(),
  /** Ranked users whose target no id leads to; they count as misses. Absent where there are none. */
  unreachableTargets: v.exactOptional(count),
  /** Per ranked user: of the target. For paired tests. */
  ranks,
  /** With the history left in where `ranks` has it masked, or the other way round. */
  otherRanks: v.exactOptional(ranks),
  /** Users with fewer answers than the largest cut-off, once their history is masked. */
  shortLists: v.exactOptional(count),
  origin,
});

/** A click model, or a baseline, on the test impressions of one domain. */
export const clickEvaluationArtefact = v.object({
  metrics: v.array(metric),
  /** Per impression; absent where an older build stored the result. */
  scores: v.exactOptional(v.array(v.number())),
  origin,
});

const window = v.object({
  name: v.string(),
  startMs: v.number(),
  endMs: v.number(),
  samples: count,
  positives: count,
  users: count,
  unseenCandidates: count,
});

/** What impressions and sequences were cut, and what the rows of the tables mean. */
export const clickDataArtefact = v.object({
  reports: v.array(
    v.object({
      domain: v.string(),
      users: count,
      items: count,
      shortUsers: count,
      sequences: count,
      pretrainTargets: count,
      windows: v.array(window),
      features: v.array(v.object({ name: v.string(), values: count, unknownItems: count })),
      negatives: v.string(),
    }),
  ),
  vocabulary: v.object({
    items: v.array(v.string()),
    features: v.array(v.object({ name: v.string(), values: v.array(v.string()) })),
  }),
});

/** One merge of a search, measured on every window of its domains. */
export const trialArtefact = v.object({
  results: v.array(
    v.object({
      domain: v.string(),
      split: v.picklist(['test', 'validation']),
      metrics: v.array(metric),
    }),
  ),
  origin,
});

const searchTrial = v.object({
  id: v.string(),
  /** Varied numbers by name. */
  point: v.record(v.string(), v.number()),
  /** Of the merge, complete. */
  parameters: v.record(v.string(), v.unknown()),
  /** Mean over the domains of the objective on the window that decides; percent. */
  score: v.number(),
  /** The objective on every domain and window; percent. */
  values: v.array(
    v.object({
      domain: v.string(),
      split: v.picklist(['test', 'validation']),
      value: v.number(),
      standardError: v.number(),
      n: count,
    }),
  ),
});

export const searchArtefact = v.object({
  /** In the order in which they were made. */
  trials: v.pipe(v.array(searchTrial), v.minLength(1)),
  /** Index of what `bestTrial` says. */
  best: count,
  /** Indices of what nothing beats on all domains; empty where it was not asked for. */
  front: v.array(count),
  ended: v.picklist(['strategy', 'budget', 'patience']),
  origin,
});

export const baselineArtefact = v.object({
  baselines: v.array(
    v.object({
      name: v.string(),
      metrics: v.array(metric),
      /** Per ranked user; absent where an older build stored the result. */
      ranks: v.exactOptional(ranks),
      otherRanks: v.exactOptional(ranks),
    }),
  ),
  capped: v.boolean(),
  /** Users whose target they took before, whom a mask of the history fails; absent where none is chosen. */
  repeats: v.exactOptional(count),
  origin,
});

/** Which epoch a training kept, and by what; see `TrainingChoice`. */
const choice = v.object({
  epoch: count,
  trained: count,
  planned: count,
  averaged: count,
  values: v.array(v.number()),
  improves: v.boolean(),
  isHighest: v.exactOptional(v.literal(true)),
});

/** A baseline that is trained, with what it decided by itself. */
export const trainedBaselineArtefact = v.object({
  ...baselineArtefact.entries,
  training: v.object({ steps: count, choice: v.exactOptional(choice) }),
});

/** A model with co-occurrence, at the weight that was chosen. */
export const hybridArtefact = v.object({
  ...evaluationArtefact.entries,
  weight: v.number(),
  /** The objective of every weight on the validation window, percent; none where it was given. */
  tried: v.array(v.object({ weight: v.number(), value: v.number() })),
  validationUsers: count,
});

export type PrepareArtefact = v.InferOutput<typeof prepareArtefact>;
export type IdsArtefact = v.InferOutput<typeof idsArtefact>;
export type TokenizerArtefact = v.InferOutput<typeof tokenizerArtefact>;
export type EvaluationArtefact = v.InferOutput<typeof evaluationArtefact>;
export type HybridArtefact = v.InferOutput<typeof hybridArtefact>;
export type ClickDataArtefact = v.InferOutput<typeof clickDataArtefact>;
export type ClickEvaluationArtefact = v.InferOutput<typeof clickEvaluationArtefact>;
export type TrialArtefact = v.InferOutput<typeof trialArtefact>;
export type SearchTrial = v.InferOutput<typeof searchTrial>;
export type SearchArtefact = v.InferOutput<typeof searchArtefact>;
export type BaselineArtefact = v.InferOutput<typeof baselineArtefact>;
export type TrainedBaselineArtefact = v.InferOutput<typeof trainedBaselineArtefact>;
export type Origin = v.InferOutput<typeof origin>;

/**
 * A stored artefact as the type it should have; what an older build stored is not trusted.
 * @errors checkpoint-missing, checkpoint-corrupt
 */
export function asArtefact<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  if (value === null || value === undefined) {
    throw new AppError('checkpoint-missing', `The stored result "${what}" is gone.`, {
      hint: 'Other results are not affected. Run again: it will be computed once more.',
    });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new AppError('checkpoint-corrupt', `The stored result "${what}" has another form.`, {
    hint: 'Other results are not affected. Delete the stored results and run again.',
    faults: parsed.issues.map(({ message }) => ({ place: what, message })),
  });
}
