import * as v from 'valibot';
import type { DropoutRates } from '../../nn/ops/dropout-sites.ts';
import { real, told, whole } from './schema-parts.ts';
import { dropoutOption } from './training-options.ts';

/**
 * SASRec as it is trained well on sequences of a few items: one block, dropout of 0.5, and as many
 * epochs as the newest tenth of the interactions asks for.
 */
const SASREC = {
  layers: 1,
  width: 64,
  heads: 2,
  feedForward: 176,
  epochs: 60,
  learningRate: 1e-3,
  dropout: 0.5,
  sequencesPerBatch: 64,
  weightDecay: 0.01,
  warmupSteps: 50,
  share: 0.1,
  patience: 8,
} as const;

const validationSchema = v.strictObject({
  by: v.optional(
    told(
      "What chooses the number of epochs, by NDCG@10 of each user's last interaction in it: " +
        "the newest share of the interactions (time), a share of the users, or the contexts' " +
        'validation window.',
      v.picklist(['time', 'users', 'window']),
    ),
    'time',
  ),
  share: v.optional(real(0.001, 0.5), SASREC.share),
  patience: v.optional(
    told(
      'Epochs without a better one after which training stops; null: all are run.',
      v.nullable(whole(1, 1000)),
    ),
    SASREC.patience,
  ),
});

/** A well-trained SASRec in the table, whatever the document trains. */
export const sasrecSchema = v.strictObject({
  layers: v.optional(whole(1, 24), SASREC.layers),
  width: v.optional(whole(8, 2048), SASREC.width),
  heads: v.optional(whole(1, 64), SASREC.heads),
  feedForward: v.optional(whole(8, 8192), SASREC.feedForward),
  epochs: v.optional(
    told(
      'At most; validation chooses how many, and a second training takes so many of ' +
        'everything. Without validation exactly these, on everything at once: a number that ' +
        'was chosen before.',
      whole(1, 1000),
    ),
    SASREC.epochs,
  ),
  learningRate: v.optional(real(1e-6, 1), SASREC.learningRate),
  ...dropoutOption,
  sequencesPerBatch: v.optional(whole(1, 4096), SASREC.sequencesPerBatch),
  weightDecay: v.optional(real(0, 1), SASREC.weightDecay),
  warmupSteps: v.optional(whole(0, 10_000), SASREC.warmupSteps),
  validation: v.optional(v.union([v.literal('none'), validationSchema]), {}),
});

export type SasrecOption = v.InferOutput<typeof sasrecSchema>;

/** The loss of an item is one softmax, whose gradient is cut to this norm. */
export const SASREC_CLIP = 1;

/** The same rate in all places, where the document names none. */
export const SASREC_DROPOUT: DropoutRates = {
  embedding: SASREC.dropout,
  attention: SASREC.dropout,
  residual: SASREC.dropout,
};
