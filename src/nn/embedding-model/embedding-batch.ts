import { AppError } from '../../core/errors.ts';
import type { EncoderConfig } from './embedding-layout.ts';

/** What is compiled: upper bounds, equal for many batches. */
export interface EmbeddingShape {
  /** Rows of the item encoder: the tokens of all texts, and one item token for each. */
  readonly tokens: number;
  /** Distinct items. */
  readonly items: number;
  /** Rows of the user encoder; times the width a multiple of 64. */
  readonly positions: number;
  /** Negatives that all positions share. */
  readonly samples: number;
}

/** Users' item sequences and their negatives. Items are numbers of texts, each encoded once. */
export interface EmbeddingBatch extends EmbeddingShape {
  /** Token ids of the distinct items' texts; the model appends the item token. */
  readonly texts: readonly ArrayLike<number>[];
  /** Their items among all of the domain: rows of their own vectors, in models that have them. */
  readonly numbers: readonly number[];
  /** i32[positions]: the item at each position; -1 = padding. */
  readonly inputs: Int32Array;
  /** i32[positions]: the item to predict; negative = not scored. */
  readonly targets: Int32Array;
  /** Sequences as pairs [start, end) of positions, rising. */
  readonly segments: Uint32Array;
  /** u32[samples]. */
  readonly negatives: Uint32Array;
}

/** Positions in steps that every width of the kernels (a multiple of 4) takes. */
export const POSITION_STEP = 16;

/** @errors invalid-argument for a shape that the loss cannot take */
export function checkShape({ tokens, items, positions, samples }: EmbeddingShape): void {
  const counts = [tokens, items, positions, samples];
  const isFine = positions % POSITION_STEP === 0 && counts.every((n) => n >= 1);
  if (isFine) return;
  throw new AppError('invalid-argument', `A batch cannot have ${positions} positions.`, {
    hint: `Use a multiple of ${POSITION_STEP}, and at least one token, item and negative.`,
  });
}

/**
 * Scored positions of a batch.
 * @errors invalid-argument for tokens or items out of range; limit-exceeded for texts or sequences
 *   that are too long for the model or the shape
 */
export function countScored(batch: EmbeddingBatch, base: EncoderConfig): number {
  const { texts, numbers, inputs, targets, segments, negatives } = batch;
  const longest = texts.reduce((most, text) => Math.max(most, text.length + 1), 0);
  const total = texts.reduce((sum, text) => sum + text.length + 1, 0);
  const sequence = segments.reduce(
    (most, end, at) => (at % 2 === 0 ? most : Math.max(most, end - (segments[at - 1] ?? 0))),
    0,
  );
  refuseAbove('A text with its item token', longest, base.maxPositions);
  refuseAbove('A sequence of items', sequence, base.maxPositions);
  refuseAbove('The texts of the batch', total, batch.tokens);
  refuseAbove('The batch, in items,', texts.length, batch.items);
  const isToken = (id: number) => Number.isInteger(id) && id >= 0 && id < base.vocabSize;
  if (!texts.every((text) => Array.from(text).every(isToken))) {
    throw new AppError('invalid-argument', `Token beyond the vocabulary of ${base.vocabSize}.`);
  }
  const { itemVectors } = base;
  const hasRow = (item: number) => Number.isInteger(item) && item >= 0 && item < (itemVectors ?? 0);
  if (itemVectors !== undefined && !(numbers.length === texts.length && numbers.every(hasRow))) {
    throw new AppError('invalid-argument', `The batch has an item beyond ${itemVectors} vectors.`, {
      hint: 'Use the model with the items that it was made for.',
    });
  }
  const isItem = (item: number) => item < texts.length;
  if (!inputs.every(isItem) || !targets.every(isItem) || !negatives.every(isItem)) {
    throw new AppError('invalid-argument', `The batch names an item beyond its ${texts.length}.`);
  }
  if (
    inputs.length !== batch.positions ||
    targets.length !== batch.positions ||
    negatives.length !== batch.samples
  ) {
    throw new AppError('invalid-argument', 'The batch does not have the lengths of its shape.');
  }
  return targets.reduce((sum, target) => sum + Number(target >= 0), 0);
}

function refuseAbove(what: string, length: number, limit: number): void {
  if (length <= limit) return;
  throw new AppError('limit-exceeded', `${what} takes ${length} positions, of ${limit}.`, {
    hint: 'Shorten texts or histories.',
    details: { length, limit },
  });
}
