import * as v from 'valibot';
import { DECAY_GROUPS } from '../../nn/graph/decay-groups.ts';
import { real, told, whole } from './schema-parts.ts';

/** Of validation: a tenth is held out, and three epochs without a better one are enough. */
export const VALIDATION = { share: 0.1, patience: 3 } as const;

const isRate = (rate: number) => rate >= 0 && rate < 1;
const RATE = 'must be at least 0 and below 1: a dropout of 1 leaves nothing to train on';
const dropoutRate = v.pipe(v.number(), v.check(isRate, RATE), v.metadata({ min: 0, max: 1 }));

/** One rate for all places, or one for each. */
const dropoutSchema = v.pipe(
  v.union([
    // Its range is checked below, as one fault and not as two that fit neither form.
    v.pipe(v.number(), v.metadata({ min: 0, max: 1 })),
    v.strictObject({
      embedding: v.optional(told('Of the stream into the first block.', dropoutRate), 0),
      attention: v.optional(told("Of attention's probabilities.", dropoutRate), 0),
      residual: v.optional(
        told('Of what attention and feed-forward add to the stream.', dropoutRate),
        0,
      ),
    }),
  ]),
  v.check((given) => typeof given !== 'number' || isRate(given), RATE),
  v.transform((given) =>
    typeof given === 'number' ? { embedding: given, attention: given, residual: given } : given,
  ),
);

const validationSchema = v.strictObject({
  by: told(
    'What is held out of training and measured after every epoch: a share of the users; the ' +
      'newest share of the interactions of a stage (time); the window of the validation of the contexts, ' +
      'which no training sees anyway. Never the test.',
    v.picklist(['users', 'time', 'window']),
  ),
  share: v.optional(real(0.001, 0.5), VALIDATION.share),
  metric: v.optional(
    told(
      'What is compared: the mean loss of all targets that are held out, the default; or, ' +
        "of cells of compact semantic ids and of embeddings, NDCG@10 of each user's last one, " +
        'which goes on rising after the loss does.',
      v.picklist(['loss', 'ndcg']),
    ),
  ),
  patience: v.optional(
    told(
      'Epochs without a better one after which training stops; null: all are run.',
      v.nullable(whole(1, 1000)),
    ),
    VALIDATION.patience,
  ),
});

const averageSchema = v.strictObject({
  epochs: v.optional(told('The newest epochs, whose mean is kept.', whole(1, 100)), 1),
  before: v.optional(
    told('Weight of the stage before in what a later stage keeps: 0.5 is their mean.', real(0, 1)),
    0,
  ),
});

/** What is kept of a run, and how it is regularised: the same for all paradigms. */
export const keepingOptions = {
  schedule: v.optional(
    told(
      'Warm-up as written, then the peak or a cosine. Absent: a cosine whose warm-up is cut ' +
        'to a quarter of the steps where it is longer; a note then says so.',
      v.picklist(['constant', 'cosine']),
    ),
  ),
  decay: v.optional(
    told(
      'What weight decay pulls; absent: matrices and tables, no vector.',
      v.array(v.picklist(DECAY_GROUPS)),
    ),
  ),
  validation: v.optional(validationSchema),
  average: v.optional(averageSchema),
};

export const dropoutOption = {
  dropout: v.optional(
    told(
      'Share of the values that a step leaves out, one for all places or one each.',
      dropoutSchema,
    ),
  ),
};

/** `none`, as 0: gradients as they are. */
export const clipNormSchema = v.pipe(
  v.union([v.pipe(v.number(), v.metadata({ min: 0, max: 1000 })), v.literal('none')]),
  v.transform((given) => (given === 'none' ? 0 : given)),
  v.check((given) => given >= 0 && given <= 1000, 'must be none, or between 0 and 1000'),
);

export type ValidationOption = v.InferOutput<typeof validationSchema>;
export type AverageOption = v.InferOutput<typeof averageSchema>;
