import { AppError } from '../../core/errors.ts';
import type { EncoderConfig } from '../../nn/embedding-model/embedding-layout.ts';

/** Token ids of each item's text. */
export type ItemTokens = readonly ArrayLike<number>[];

/**
 * @errors data-invalid for items without text, limit-exceeded for texts that are too long, layout-mismatch
 *   for more items than the model has vectors of
 */
export function checkItemTokens(
  itemTokens: ItemTokens,
  { maxPositions, itemVectors }: EncoderConfig,
): void {
  if (itemTokens.length === 0) {
    throw new AppError('data-invalid', 'There are no items to encode.');
  }
  if (itemVectors !== undefined && itemTokens.length > itemVectors) {
    throw new AppError(
      'layout-mismatch',
      `The domain has ${String(itemTokens.length)} items, the model vectors of ${String(itemVectors)}.`,
      { hint: 'Nothing was encoded. Use the model with the data that it was trained on.' },
    );
  }
  const empty = itemTokens.filter(({ length }) => length === 0).length;
  if (empty > 0) {
    const first = itemTokens.findIndex(({ length }) => length === 0);
    throw new AppError(
      'data-invalid',
      `${String(empty)} of ${String(itemTokens.length)} items have no text, the first is item ${String(first)}.`,
      { hint: 'Encoding items needs their titles: leave such items out, or give them a text.' },
    );
  }
  const longest = itemTokens.reduce((most, { length }) => Math.max(most, length), 0);
  if (longest + 1 > maxPositions) {
    throw new AppError(
      'limit-exceeded',
      `An item's text takes ${String(longest)} tokens and the item token; the model holds ${String(maxPositions)} positions.`,
      { hint: 'Cut item texts to fewer tokens.', details: { longest, maxPositions } },
    );
  }
}

/**
 * The next size of those that are compiled: 8 to 15 times a power of two, at least 64. Padding is
 * an eighth at most, and batches that are much alike share a shape.
 */
export function compiledSize(count: number): number {
  const step = 2 ** Math.max(3, Math.floor(Math.log2(Math.max(1, count))) - 3);
  return Math.max(64, Math.ceil(count / step) * step);
}
